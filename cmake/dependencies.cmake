# Every dependency is a Debian package; scripts/install-deps installs them.
if(OTATOOL_STATIC_LIBRARIES)
  set(OPENSSL_USE_STATIC_LIBS ON)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
endif()
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto SSL)
set(Boost_USE_STATIC_LIBS ON)  # fewer pages to map and relocate at every start
find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tl-expected REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)
if(CMAKE_BUILD_TYPE STREQUAL Release)
  # Headers only: the shared library libtomlplusplus would load the whole shared libstdc++.
  set_target_properties(PkgConfig::tomlplusplus PROPERTIES INTERFACE_COMPILE_OPTIONS "" INTERFACE_LINK_LIBRARIES "")
endif()

# Asio without a compiled Boost library: one define instead of Boost.System.
add_library(otatool_asio INTERFACE)
target_link_libraries(otatool_asio INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(otatool_asio INTERFACE BOOST_ERROR_CODE_HEADER_ONLY)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 16)
  # clang 14 compiles C++20 coroutines but does not define the macros that libstdc++ and Asio check.
  target_compile_definitions(otatool_asio INTERFACE
    __cpp_impl_coroutine=201902L BOOST_ASIO_HAS_CO_AWAIT BOOST_ASIO_HAS_STD_COROUTINE)
endif()

find_package(ZLIB REQUIRED)
# Static for the same reason.
find_library(DEFLATE_LIBRARY NAMES libdeflate.a deflate REQUIRED)
if(OTATOOL_SANITIZE)
  find_library(CRYPT_LIBRARY crypt REQUIRED)  # the sanitizers wrap the functions of the shared library
else()
  find_library(CRYPT_LIBRARY NAMES libcrypt.a crypt REQUIRED)
endif()
# libzopfli-dev contains no pkg-config file and no CMake configuration.
find_path(ZOPFLI_INCLUDE_DIR zopfli/zopfli.h REQUIRED)
find_library(ZOPFLI_LIBRARY NAMES libzopfli.a zopfli REQUIRED)
add_library(otatool_zopfli INTERFACE)
target_include_directories(otatool_zopfli SYSTEM INTERFACE ${ZOPFLI_INCLUDE_DIR})
target_link_libraries(otatool_zopfli INTERFACE ${ZOPFLI_LIBRARY})

# Debian has no static libdivsufsort. A release compiles its source package, so that no start maps a further library.
set(OTATOOL_DOWNLOADS ${PROJECT_SOURCE_DIR}/build/downloads CACHE PATH "folder in which scripts/fetch-sources puts source packages")
set(OTATOOL_DIVSUFSORT ${OTATOOL_DOWNLOADS}/libdivsufsort)
if(CMAKE_BUILD_TYPE STREQUAL Release AND EXISTS ${OTATOOL_DIVSUFSORT}/lib/divsufsort.c)
  enable_language(C)
else()
  pkg_check_modules(libdivsufsort REQUIRED IMPORTED_TARGET libdivsufsort)
endif()

pkg_check_modules(avahi REQUIRED avahi-client)  # headers only; the library is loaded at run time
pkg_check_modules(p11kit REQUIRED p11-kit-1)  # headers only; PKCS#11 modules are loaded at run time

# Headers only; a command that opens a store loads the libraries.
pkg_check_modules(sqlite REQUIRED sqlite3)
pkg_check_modules(libpq REQUIRED libpq)
