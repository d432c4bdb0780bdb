"""The drills: every fault that can be made, with real processes under load, and what came of each."""
