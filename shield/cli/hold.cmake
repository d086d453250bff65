anchorhold_library(hold-command SOURCES hold_client.cpp hold_command.cpp LINK base message)
anchorhold_program(hold SOURCES hold_main.cpp LINK hold-command DESTINATION bin)
