# Entry of the application: sets stack, vectors and processor state, clears .bss and calls hello_main.
# Written for the call0 ABI; expects the flash cache to be on, as the loader leaves it.

    .section .vectors, "ax"
    .global vectors
    .balign 256
vectors:
    .org 0x10
    j fault
    .org 0x20
    j fault
    .org 0x30
    j fault
    .org 0x50
    j fault
    .org 0x70
    j fault
    .org 0x80

    .section .iram.text, "ax"
    .literal_position
    .balign 4
# The cause stays readable in _fault_cause; the watchdog then resets the chip.
fault:
    movi    a2, _fault_cause
    rsr     a3, exccause
    s32i    a3, a2, 0
    rsr     a3, epc1
    s32i    a3, a2, 4
1:
    j 1b

    .global start
    .balign 4
start:
    movi    a0, 0
    movi    a1, _stack_top
    movi    a2, vectors
    wsr     a2, vecbase
    movi    a2, 0
    wsr     a2, intenable
    movi    a2, 0x20
    wsr     a2, ps
    rsync
    movi    a2, _bss_start
    movi    a3, _bss_end
    movi    a4, 0
1:
    bgeu    a2, a3, 2f
    s32i    a4, a2, 0
    addi    a2, a2, 4
    j       1b
2:
    movi    a2, hello_main
    callx0  a2
3:
    j 3b

    .section .data, "aw"
    .global _fault_cause
    .balign 4
_fault_cause:
    .word 0, 0
