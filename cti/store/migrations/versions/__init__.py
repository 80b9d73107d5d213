"""The steps of the database, oldest first. A step that was released is never edited again."""
