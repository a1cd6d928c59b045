# otatool_flags: warnings and sanitizers for our own code; never linked into what others compile.
add_library(otatool_flags INTERFACE)
target_compile_options(otatool_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 warns of overlapping copies in `"text" + string` of its own library (GCC bug 105651).
  target_compile_options(otatool_flags INTERFACE -Wno-restrict)
endif()

# What a program maps is what it costs to start: -O2, no unused sections, and the parts of libstdc++, fmt and toml++
# that are used in place of the whole libraries. Measured with footprint_bench.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
if(CMAKE_BUILD_TYPE STREQUAL Release)
  add_compile_options(-ffunction-sections -fdata-sections)
  add_link_options(-Wl,--gc-sections -Wl,--as-needed -static-libstdc++ -static-libgcc)
  add_library(otatool_fmt STATIC ${CMAKE_CURRENT_LIST_DIR}/fmt.cpp)
else()
  add_library(otatool_fmt INTERFACE)
  target_link_libraries(otatool_fmt INTERFACE fmt::fmt)
endif()

if(OTATOOL_SANITIZE)
  # Stack traces name lines with -g1 too, and all of it builds in less time.
  set(CMAKE_CXX_FLAGS_DEBUG "-g1")
  add_compile_options(-fsanitize=${OTATOOL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${OTATOOL_SANITIZE})
  # Thousands of programs start in a run of the tests, each of which would relocate the sanitizers' tables first.
  add_compile_options(-fno-pie)
  add_link_options(-no-pie)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # clang 14 reports coroutine resume calls as calls through a wrong function type.
    add_compile_options(-fno-sanitize=function)
  elseif(OTATOOL_SANITIZE MATCHES "thread")
    # g++ warns that atomic_thread_fence in Asio is not modelled by TSan.
    add_compile_options(-Wno-tsan)
  endif()
endif()

if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Several source files as one, each of which g++ takes for a header then.
  add_compile_options(-Wno-subobject-linkage)
endif()

if(OTATOOL_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()
if(OTATOOL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(NOT CMAKE_BUILD_TYPE STREQUAL Debug)
  # Two checkouts in different folders give the same binary. A debugger wants the true paths.
  add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
endif()

# otatool_add_library(NAME SOURCES...) defines a static library with our flags.
function(otatool_add_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC otatool_include PRIVATE otatool_flags)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
endfunction()
