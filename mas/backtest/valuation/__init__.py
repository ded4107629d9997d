"""What an account was worth over the time of a run, from the trail it left and the ticks it saw."""
