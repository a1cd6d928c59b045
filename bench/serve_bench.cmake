# serve_bench: `otatool serve` against nginx and python3 -m http.server.
add_executable(serve_bench serve_bench.cpp bare_sender.cpp serve_load.cpp)
target_link_libraries(serve_bench PRIVATE
  otatool_flags otatool_image_builder otatool_fmt OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
target_compile_definitions(serve_bench PRIVATE OTATOOL_BINARY="$<TARGET_FILE:otatool>")
add_dependencies(serve_bench otatool)
