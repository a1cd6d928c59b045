// Loads libavahi-client at the first search that uses it: the library loads a dozen others (D-Bus,
// systemd, compression), which would slow down every other command.
#pragma once

#include <avahi-client/client.h>
#include <avahi-client/lookup.h>
#include <avahi-common/error.h>
#include <avahi-common/simple-watch.h>
#include <avahi-common/strlst.h>

namespace otatool::mdns {

/// The functions of the library, by their names without `avahi_`.
struct AvahiLibrary {
  decltype(&avahi_client_errno) client_errno;
  decltype(&avahi_client_free) client_free;
  decltype(&avahi_client_new) client_new;
  decltype(&avahi_service_browser_get_client) service_browser_get_client;
  decltype(&avahi_service_browser_new) service_browser_new;
  decltype(&avahi_service_resolver_free) service_resolver_free;
  decltype(&avahi_service_resolver_new) service_resolver_new;
  decltype(&avahi_simple_poll_free) simple_poll_free;
  decltype(&avahi_simple_poll_get) simple_poll_get;
  decltype(&avahi_simple_poll_iterate) simple_poll_iterate;
  decltype(&avahi_simple_poll_new) simple_poll_new;
  decltype(&avahi_simple_poll_set_func) simple_poll_set_func;
  decltype(&avahi_strerror) strerror;
  decltype(&avahi_string_list_get_next) string_list_get_next;
  decltype(&avahi_string_list_get_size) string_list_get_size;
  decltype(&avahi_string_list_get_text) string_list_get_text;
};

/// The library, which stays loaded; null if it is not installed. Thread-safe.
[[nodiscard]] const AvahiLibrary* avahi_library();

}  // namespace otatool::mdns
