"""RQ: the doorbell, the worker, the timetable, and one module for each round. Redis only wakes workers up."""
