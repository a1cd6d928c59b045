# Entry of an application on the emulated board: sets stack and vectors, clears .bss, calls app_main.
# An interrupt only sets the next tick, clears the network interface's interrupt and counts for the
# watchdog. Any other exception calls app_fault.

#include "firmware/rt/start.inc"

    .equ TICK_CYCLES, 80000

# Sets the next tick; uses a3 and a4. Repeats if the time has already passed, because the emulator may
# pause between two instructions: CCOMPARE would then match only after the counter wraps, in 107 s.
    .macro set_next_tick
.Lset\@:
    rsr     a3, ccount
    movi    a4, TICK_CYCLES
    add     a3, a3, a4
    wsr     a3, ccompare0
    esync
    rsr     a4, ccount
    sub     a4, a3, a4
    blti    a4, 1, .Lset\@
    .endm

    .section .vectors, "ax"
    .global vectors
    vector_table exception

    .section .iram.text, "ax"
    .literal_position
    .balign 4
exception:
    movi    a2, saved
    s32i    a3, a2, 0
    s32i    a4, a2, 4
    rsr     a3, exccause
    bnei    a3, 4, fault
    set_next_tick
    movi    a3, 0xFD030004
    movi    a4, 0x7F
    s32i    a4, a3, 0
    movi    a3, board_watchdog
    l32i    a4, a3, 0
    addi    a4, a4, -1
    s32i    a4, a3, 0
    beqz    a4, watchdog_expired
    l32i    a3, a2, 0
    l32i    a4, a2, 4
    rsr     a2, excsave1
    rfe

watchdog_expired:
    movi    a1, _stack_top
    movi    a2, 0xFFFF
    movi    a3, 0
    j       1f
fault:
    movi    a1, _stack_top
    rsr     a2, exccause
    rsr     a3, epc1
1:
    movi    a4, 0x20
    wsr     a4, ps
    rsync
    movi    a4, app_fault
    callx0  a4

    .global start
    .balign 4
start:
    set_up_processor vectors
    movi    a2, _bss_start
    fill_words _bss_end, 0
    # A debugger finds the depth of the stack from this pattern.
    fill_words _stack_top, 0x5AC5AC5A
    movi    a2, app_main
    callx0  a2
1:
    j 1b

    .global board_enable_interrupts
    .balign 4
board_enable_interrupts:
    set_next_tick
    # Interrupt 6 is CCOMPARE0, interrupt 1 the network interface.
    movi    a2, 0x42
    wsr     a2, intenable
    rsync
    ret

    .global board_interrupts_off
    .balign 4
board_interrupts_off:
    rsil    a2, 15
    ret

    .global board_interrupts_restore
    .balign 4
board_interrupts_restore:
    wsr     a2, ps
    rsync
    ret

    .global board_wait
    .balign 4
board_wait:
    waiti   0
    ret

    .section .bss, "aw", @nobits
    .balign 4
saved:
    .space 8
    .global board_watchdog
board_watchdog:
    .space 4
