# discover_bench: time to the first and the last of 50 and of 500 devices, against avahi-browse and python3-zeroconf.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND AND TARGET mdns_farm)
  add_test(NAME bench.discover
    COMMAND Python3::Interpreter -B ${CMAKE_CURRENT_SOURCE_DIR}/discover_bench.py
      $<TARGET_FILE:otatool> $<TARGET_FILE:mdns_farm>)
  set_tests_properties(bench.discover PROPERTIES LABELS "bench;slow" TIMEOUT 120 SKIP_RETURN_CODE 77)
endif()
