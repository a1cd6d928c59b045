# The build for the lx106: xtensa-lx106-elf-g++ and picolibc (Debian packages gcc-xtensa-lx106 and
# picolibc-xtensa-lx106-elf). Uses custom commands, because CMake's own compiler is the host's.
# Sets OTATOOL_LX106 to true if both are installed; the host build needs neither.
find_program(OTATOOL_LX106_CXX xtensa-lx106-elf-g++)
find_program(OTATOOL_LX106_SIZE xtensa-lx106-elf-size)
find_program(OTATOOL_PYTHON python3)
mark_as_advanced(OTATOOL_LX106_CXX OTATOOL_LX106_SIZE OTATOOL_PYTHON)

set(OTATOOL_LX106 FALSE)
if(NOT OTATOOL_LX106_CXX OR NOT OTATOOL_LX106_SIZE)
  message(STATUS "no firmware for the lx106: package gcc-xtensa-lx106 is not installed")
elseif(NOT OTATOOL_PYTHON)
  message(STATUS "no firmware for the lx106: python3 is not installed")
else()
  execute_process(COMMAND ${OTATOOL_LX106_CXX} -print-file-name=libc.a
    OUTPUT_VARIABLE lx106_libc OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(IS_ABSOLUTE "${lx106_libc}" AND EXISTS "${lx106_libc}")
    cmake_path(GET lx106_libc PARENT_PATH OTATOOL_LX106_LIB_DIR)
    set(OTATOOL_LX106 TRUE)
  else()
    find_path(OTATOOL_LX106_LIB_DIR libc.a PATHS /usr/lib/xtensa-lx106-elf/lib NO_DEFAULT_PATH)
    mark_as_advanced(OTATOOL_LX106_LIB_DIR)
    if(OTATOOL_LX106_LIB_DIR)
      set(OTATOOL_LX106 TRUE)
    else()
      message(STATUS "no firmware for the lx106: package picolibc-xtensa-lx106-elf is not installed")
    endif()
  endif()
endif()

set(OTATOOL_LX106_FLAGS
  -Os -std=c++17 -ffreestanding -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit
  -fno-asynchronous-unwind-tables -mlongcalls -mtext-section-literals -ffunction-sections -fdata-sections
  -Wall -Wextra -Werror -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.
  -I${PROJECT_SOURCE_DIR}/include -I${PROJECT_SOURCE_DIR})

# otatool_lx106_objects(OUT_VAR PREFIX SOURCES... [OPTIONS FLAGS...]): compiles one object per source into the
# folder PREFIX, so that a source can be compiled twice with different flags. Sets OUT_VAR to the objects.
function(otatool_lx106_objects out_var prefix)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "SOURCES;OPTIONS")
  set(objects)
  foreach(source IN LISTS arg_SOURCES)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    cmake_path(GET source FILENAME name)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/lx106/${prefix}/${name}.o)
    set(flags ${OTATOOL_LX106_FLAGS})
    if(source MATCHES "\\.S$")
      list(FILTER flags EXCLUDE REGEX "^-(std=|fno-rtti|fno-threadsafe|fno-use-cxa)")
      list(PREPEND flags -x assembler-with-cpp)
    elseif(source MATCHES "\\.c$")
      # All C sources are downloaded ones: no warnings.
      list(FILTER flags EXCLUDE REGEX "^-(std=|fno-rtti|fno-threadsafe|fno-use-cxa|fno-exceptions|W)")
      list(PREPEND flags -x c -std=gnu11 -w)
    endif()
    add_custom_command(OUTPUT ${object}
      COMMAND ${CMAKE_CXX_COMPILER_LAUNCHER} ${OTATOOL_LX106_CXX} ${flags} ${arg_OPTIONS}
        -MMD -MF ${object}.d -MT ${object} -c ${source} -o ${object}
      DEPENDS ${source} DEPFILE ${object}.d
      COMMENT "Compiling ${prefix}/${name} for the lx106" VERBATIM)
    list(APPEND objects ${object})
    file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/lx106/${prefix})
  endforeach()
  set(${out_var} ${objects} PARENT_SCOPE)
endfunction()

# otatool_lx106_elf(ELF SCRIPT script.ld OBJECTS objects... [OPTIONS FLAGS...]): links objects, picolibc and
# libgcc with a linker script of firmware/ld.
function(otatool_lx106_elf elf)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SCRIPT" "OBJECTS;OPTIONS")
  set(script ${PROJECT_SOURCE_DIR}/firmware/ld/${arg_SCRIPT})
  cmake_path(GET elf FILENAME name)
  add_custom_command(OUTPUT ${elf} BYPRODUCTS ${elf}.map
    COMMAND ${OTATOOL_LX106_CXX} -nostdlib -mlongcalls -L${PROJECT_SOURCE_DIR}/firmware/ld -Wl,-T,${script} -Wl,--gc-sections ${arg_OPTIONS}
      -Wl,--orphan-handling=error -Wl,--fatal-warnings -Wl,-Map,${elf}.map -o ${elf} ${arg_OBJECTS}
      -L${OTATOOL_LX106_LIB_DIR} -Wl,--start-group -lc -lgcc -Wl,--end-group
    DEPENDS ${arg_OBJECTS} ${script}
    COMMENT "Linking ${name} for the lx106" VERBATIM)
endfunction()

# otatool_lx106_image(IMAGE LOADER APPLICATION): makes an ESP8266 image of two ELF files.
function(otatool_lx106_image image loader application)
  cmake_path(GET image FILENAME name)
  set(script ${PROJECT_SOURCE_DIR}/scripts/elf2image.py)
  add_custom_command(OUTPUT ${image}
    COMMAND ${OTATOOL_PYTHON} -B ${script} --loader ${loader} --app ${application} -o ${image}
    DEPENDS firmware_boot ${script} ${loader} ${application}
    COMMENT "Packaging ${name}" VERBATIM)
endfunction()
