"""What follows a call: its time, its outcome, the next step. Must not know sockets, HTTP or the switch."""
