add_subdirectory(link)

add_executable(streaming_peer streaming_peer.cpp)
target_link_libraries(streaming_peer PRIVATE otatool_flags otatool_espota otatool_fmt)

add_executable(transfer_bench transfer_bench.cpp)
target_link_libraries(transfer_bench PRIVATE otatool_flags otatool_include otatool_link otatool_fmt)
target_compile_definitions(transfer_bench PRIVATE
  OTATOOL_BINARY="$<TARGET_FILE:otatool>" STREAMING_PEER="$<TARGET_FILE:streaming_peer>")
add_dependencies(transfer_bench otatool streaming_peer)

add_executable(footprint_bench footprint_bench.cpp)
target_link_libraries(footprint_bench PRIVATE otatool_flags otatool_include otatool_link otatool_fmt)
if(TARGET device_farm)
  target_compile_definitions(footprint_bench PRIVATE
    OTATOOL_BINARY="$<TARGET_FILE:otatool>" DEVICE_FARM_BINARY="$<TARGET_FILE:device_farm>")
  add_dependencies(footprint_bench otatool device_farm)
endif()
