# Every dependency is a Debian package; scripts/install-deps brings them.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tl-expected REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)

# Asio without a compiled Boost library: one define instead of Boost.System.
add_library(otatool_asio INTERFACE)
target_link_libraries(otatool_asio INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(otatool_asio INTERFACE BOOST_ERROR_CODE_HEADER_ONLY)
