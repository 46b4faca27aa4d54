"""The teacher's command: runs a class's notebooks, and makes one row a learner of what the answers are worth.

Each notebook runs in a process of its own, with limits on time and memory, in an empty home and without
credentials. That holds mistakes back, not malice: students' code runs with the teacher's rights on the disk,
it can start programs that ignore the limits, and it could tamper with the check in its own process. For code
that you do not trust, run the command in a container or a virtual machine.
"""
