# Reset, vectors, and jumps at the addresses of the mask ROM's routines (see esp8266_mask_rom.ld).

#include "firmware/rt/start.inc"

    .section .rom_vectors, "ax"
    vector_table

    .macro slot name, routine
    .section .rom.\name, "ax"
    .balign 4
    j \routine
    .endm

    slot Cache_Read_Enable, rom_Cache_Read_Enable
    slot Cache_Read_Disable, rom_Cache_Read_Disable
    slot SPIUnlock, rom_SPIUnlock
    slot SPIEraseBlock, rom_SPIEraseBlock
    slot SPIEraseSector, rom_SPIEraseSector
    slot SPIWrite, rom_SPIWrite
    slot SPIRead, rom_SPIRead
    slot __muldi3, __muldi3
    slot __udivdi3, __udivdi3
    slot __umoddi3, __umoddi3
    slot __divsi3, __divsi3
    slot __umulsidi3, __umulsidi3
    slot __udivsi3, __udivsi3
    slot __umodsi3, __umodsi3

    .text
    .literal_position
    .global rom_start
    .balign 4
rom_start:
    set_up_processor 0x40000000
    movi    a2, rom_main
    callx0  a2
    # The loader starts with the ROM's empty stack.
    movi    a1, _stack_top
    movi    a0, 0
    jx      a2

    .balign 4
fault:
    rsr     a2, exccause
    rsr     a3, epc1
    rsr     a4, excvaddr
    movi    a5, rom_fault
    callx0  a5

# uint32_t simcall4(uint32_t number, uint32_t a, uint32_t b, uint32_t c)
    .global simcall4
    .balign 4
simcall4:
    simcall
    ret
