"""The documented calls of a client by what they are about; :class:`mas.MAS` has them all."""
