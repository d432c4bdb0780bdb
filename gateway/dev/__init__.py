"""What makes the whole product run in one terminal, and its tests run anywhere: embedded servers and a supervisor."""
