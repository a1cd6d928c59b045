# push_bench: `otatool push` against curl, to the same virtual device.
add_executable(push_bench push_bench.cpp)
target_link_libraries(push_bench PRIVATE
  otatool_flags otatool_image_builder test_process otatool_fmt nlohmann_json::nlohmann_json)
target_compile_definitions(push_bench PRIVATE OTATOOL_BINARY="$<TARGET_FILE:otatool>")
add_dependencies(push_bench otatool)
