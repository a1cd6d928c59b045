# sign_bench: `otatool sign` of 1 and of 200 images against one openssl process for each.
add_executable(sign_bench sign_bench.cpp)
target_link_libraries(sign_bench PRIVATE otatool_flags otatool_image_builder)
target_compile_definitions(sign_bench PRIVATE OTATOOL_BINARY="$<TARGET_FILE:otatool>")
add_dependencies(sign_bench otatool)
