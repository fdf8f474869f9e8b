"""The program: the only place that reads the environment or opens a socket."""
