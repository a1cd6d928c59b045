#include "mdns/avahi/avahi_library.hpp"

#include <dlfcn.h>
#include <optional>

namespace otatool::mdns {
namespace {

/// False, with `function` null, if the library does not have the function.
template <typename Function>
bool find(void* library, const char* name, Function*& function) {
  function = reinterpret_cast<Function*>(dlsym(library, name));
  return function != nullptr;
}

std::optional<AvahiLibrary> load() {
  void* const client = dlopen("libavahi-client.so.3", RTLD_LAZY | RTLD_LOCAL);
  if (client == nullptr) {
    return std::nullopt;
  }
  // dlsym() on libavahi-client also finds the symbols of libavahi-common.
  AvahiLibrary found{};
  const bool all =
      find(client, "avahi_client_errno", found.client_errno) &&
      find(client, "avahi_client_free", found.client_free) &&
      find(client, "avahi_client_new", found.client_new) &&
      find(client, "avahi_service_browser_get_client", found.service_browser_get_client) &&
      find(client, "avahi_service_browser_new", found.service_browser_new) &&
      find(client, "avahi_service_resolver_free", found.service_resolver_free) &&
      find(client, "avahi_service_resolver_new", found.service_resolver_new) &&
      find(client, "avahi_simple_poll_free", found.simple_poll_free) &&
      find(client, "avahi_simple_poll_get", found.simple_poll_get) &&
      find(client, "avahi_simple_poll_iterate", found.simple_poll_iterate) &&
      find(client, "avahi_simple_poll_new", found.simple_poll_new) &&
      find(client, "avahi_simple_poll_set_func", found.simple_poll_set_func) &&
      find(client, "avahi_strerror", found.strerror) &&
      find(client, "avahi_string_list_get_next", found.string_list_get_next) &&
      find(client, "avahi_string_list_get_size", found.string_list_get_size) &&
      find(client, "avahi_string_list_get_text", found.string_list_get_text);
  return all ? std::optional(found) : std::nullopt;
}

}  // namespace

const AvahiLibrary* avahi_library() {
  static const std::optional<AvahiLibrary> kLibrary = load();
  return kLibrary ? &*kLibrary : nullptr;
}

}  // namespace otatool::mdns
