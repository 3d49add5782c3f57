"""Who is told, when, through what, by which line: of a job, a channel, a person."""
