# Entry of the application: sets stack, vectors and processor state, clears .bss and calls hello_main.
# Written for the call0 ABI; expects the flash cache to be on, as the loader leaves it.

#include "firmware/rt/start.inc"

    .section .vectors, "ax"
    .global vectors
    vector_table

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
    set_up_processor vectors
    movi    a2, _bss_start
    fill_words _bss_end, 0
    movi    a2, hello_main
    callx0  a2
1:
    j 1b

    .section .data, "aw"
    .global _fault_cause
    .balign 4
_fault_cause:
    .word 0, 0
