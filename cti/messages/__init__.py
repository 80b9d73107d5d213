"""Messages to customers on their way: the courier who sends them by the firm's gateway and mail server."""
