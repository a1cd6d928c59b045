# Entry of the loader. Uses the mask ROM's stack, which is above everything that is loaded.

    .section .entry, "ax"
    .literal_position
    .global boot_start
    .balign 4
boot_start:
    call0   boot_main
    beqz    a2, nothing_to_start
    # The cache will use the memory of this code. So Cache_Read_Enable(0, 0, 1) gets the entry of
    # the application as its return address and never returns here.
    mov     a0, a2
    movi    a1, _stack_top
    movi    a2, 0
    movi    a3, 0
    movi    a4, 1
    movi    a5, Cache_Read_Enable
    jx      a5
nothing_to_start:
    j nothing_to_start
