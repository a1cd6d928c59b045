# gzip_bench runs on machine code of the lx106; as a test it holds the goals for the size.
find_program(LX106_GCC xtensa-lx106-elf-gcc)
if(LX106_GCC)
  set(lx106_code ${CMAKE_CURRENT_BINARY_DIR}/lx106_code.bin)
  add_custom_command(OUTPUT ${lx106_code}
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/lx106_code ${lx106_code}
    DEPENDS lx106_code VERBATIM)
  add_executable(gzip_bench gzip_bench.cpp ${lx106_code})
  target_link_libraries(gzip_bench PRIVATE otatool_flags otatool_include otatool_gzip)
  add_test(NAME bench.gzip COMMAND gzip_bench ${lx106_code})
  set_tests_properties(bench.gzip PROPERTIES LABELS "bench;slow" TIMEOUT 120)
endif()
