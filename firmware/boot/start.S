# Entry of the loader, on the stack that the mask ROM left, which lies above all that is loaded.

    .section .entry, "ax"
    .literal_position
    .global boot_start
    .balign 4
boot_start:
    call0   boot_main
    beqz    a2, nothing_to_start
    # The cache takes the memory that this code lies in: the mask ROM's routine is entered with the
    # application as its caller, so that nothing returns here. Arguments: first megabyte, 32 KiB.
    mov     a0, a2
    movi    a1, _stack_top
    movi    a2, 0
    movi    a3, 0
    movi    a4, 1
    movi    a5, Cache_Read_Enable
    jx      a5
nothing_to_start:
    j nothing_to_start
