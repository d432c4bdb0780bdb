"""RQ: the doorbell, the timetable and the worker. Redis only wakes workers up."""
