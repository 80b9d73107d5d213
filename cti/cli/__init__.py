"""The command line: one file a noun. Parses words, calls a room, prints; decides nothing itself."""
