# otatool_flags: warnings for our own code; code of other projects is compiled without them.
add_library(otatool_flags INTERFACE)
target_compile_options(otatool_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow $<$<BOOL:${OTATOOL_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 warns about overlapping copies in `"text" + string` of its own library (GCC bug 105651), and takes the frame of
  # a coroutine for memory of another allocator.
  target_compile_options(otatool_flags INTERFACE -Wno-restrict -Wno-mismatched-new-delete)
  # g++ also warns about members that designated initializers leave out on purpose; clang does not.
  target_compile_options(otatool_flags INTERFACE -Wno-missing-field-initializers)
endif()

# The start of the program costs time for every page that it maps. So the release uses -O2, drops unused sections, and
# links the used parts of libstdc++, fmt and toml++ instead of whole shared libraries. Measured with footprint_bench.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE ${CMAKE_CXX_FLAGS_RELEASE})
if(CMAKE_BUILD_TYPE STREQUAL Release)
  add_compile_options(-ffunction-sections -fdata-sections)
  add_link_options(-Wl,--gc-sections -Wl,--as-needed -static-libstdc++ -static-libgcc)
  add_link_options(-Wl,-z,noseparate-code)  # constants and code share pages: about 60 KiB less of an upload's memory
  # Hardening: the program reads bytes of strangers. Debian's g++ enables PIE only. The linker drops the CET mark of the
  # whole program while libstdc++.a has none, but our own functions have their landing pads.
  add_compile_options(-fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2)
  add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    add_compile_options(-fcf-protection=full)
    add_link_options(-Wl,-z,pack-relative-relocs)  # the linkers of other processors ignore it in binutils 2.40
  endif()
  add_library(otatool_fmt STATIC ${CMAKE_CURRENT_LIST_DIR}/fmt.cpp)
else()
  add_library(otatool_fmt INTERFACE)
  target_link_libraries(otatool_fmt INTERFACE fmt::fmt)
endif()

if(OTATOOL_SANITIZE)
  # -g1 is enough for line numbers in stack traces and builds faster.
  set(CMAKE_CXX_FLAGS_DEBUG "-g1")
  add_compile_options(-fsanitize=${OTATOOL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${OTATOOL_SANITIZE})
  # A test run starts thousands of programs. Without PIE they need not relocate the tables of the sanitizers.
  add_compile_options(-fno-pie)
  add_link_options(-no-pie)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # clang 14 reports coroutine resume calls as calls through a wrong function type.
    add_compile_options(-fno-sanitize=function)
    # A fifth of the time of GNU ld for each of a hundred test programs.
    add_link_options(-fuse-ld=lld)
  endif()
endif()

if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # In a unity build, g++ treats the included source files as headers and warns about their anonymous namespaces.
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage>)
endif()

if(OTATOOL_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()
if(OTATOOL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(NOT CMAKE_BUILD_TYPE STREQUAL Debug)
  # Two checkouts in different folders give the same binary. Debug builds keep the real paths for the debugger.
  add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
endif()

# otatool_add_library(NAME SOURCES...) defines a static library with our flags. A unity build joins the files of one
# folder, so only these share a namespace.
function(otatool_add_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC otatool_include PRIVATE otatool_flags)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  set_target_properties(${name} PROPERTIES UNITY_BUILD_MODE GROUP)
  foreach(source IN LISTS ARGN)
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/src OUTPUT_VARIABLE folder)
    cmake_path(GET folder PARENT_PATH folder)
    string(MAKE_C_IDENTIFIER "in_${folder}" group)
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
  endforeach()
endfunction()

# Builds code that runs once in a command for size: what counts is how much of it a start maps into memory.
function(otatool_build_for_size)
  if(CMAKE_BUILD_TYPE STREQUAL Release)
    foreach(name IN LISTS ARGN)
      target_compile_options(${name} PRIVATE -Os)
    endforeach()
  endif()
endfunction()
