# cmake -DSIZE_TOOL=xtensa-lx106-elf-size -DOBJECTS=FILE [-DLIMIT=BYTES] -P lx106_text_size.cmake
# Prints the sizes of the objects that FILE lists, one per line. Fails if an object is missing or if the
# total text (code and constants) exceeds LIMIT.
file(STRINGS ${OBJECTS} objects)
execute_process(COMMAND ${SIZE_TOOL} --totals ${objects}
  OUTPUT_VARIABLE table ERROR_VARIABLE complaint RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "cannot read sizes: ${complaint}")
endif()
if(NOT table MATCHES "\n *([0-9]+)[^\n]*\\(TOTALS\\)")
  message(FATAL_ERROR "no totals in:\n${table}")
endif()
set(text ${CMAKE_MATCH_1})
string(REGEX REPLACE "[^\t\n]*/" "" table "${table}")
message("${table}")
if(LIMIT AND text GREATER LIMIT)
  message(FATAL_ERROR "text is ${text} bytes, the limit is ${LIMIT}")
endif()
