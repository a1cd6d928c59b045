#include "mdns/avahi/avahi_source.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <fmt/format.h>
#include <mutex>
#include <net/if.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>

#include "mdns/avahi/avahi_answer.hpp"
#include "mdns/avahi/avahi_library.hpp"

namespace otatool::mdns {
namespace {

/// How long a daemon or bus that hangs may delay the end of a search.
constexpr std::chrono::milliseconds kPatience{200};

/// Requires that the library is installed.
const AvahiLibrary& avahi() {
  return *avahi_library();
}

using Poll = std::unique_ptr<AvahiSimplePoll, decltype(AvahiLibrary::simple_poll_free)>;
using Client = std::unique_ptr<AvahiClient, decltype(AvahiLibrary::client_free)>;

}  // namespace

class AvahiSource::Worker {
 public:
  Worker(std::vector<std::string> types, std::vector<std::string> interfaces, Listener listener)
      : types_(std::move(types)),
        interfaces_(std::move(interfaces)),
        listener_(std::move(listener)),
        stop_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() { close(stop_event_); }

  void run();
  /// True if run() has ended in time.
  bool stop();

 private:
  void search();
  static void on_client(AvahiClient* client, AvahiClientState state, void* self);
  static void on_service(AvahiServiceBrowser* browser,
                         AvahiIfIndex interface,
                         AvahiProtocol protocol,
                         AvahiBrowserEvent event,
                         const char* name,
                         const char* type,
                         const char* domain,
                         AvahiLookupResultFlags flags,
                         void* self);
  template <bool Cached>
  static void on_resolved(AvahiServiceResolver* resolver,
                          AvahiIfIndex interface,
                          AvahiProtocol protocol,
                          AvahiResolverEvent event,
                          const char* name,
                          const char* type,
                          const char* domain,
                          const char* host,
                          const AvahiAddress* address,
                          std::uint16_t port,
                          AvahiStringList* txt,
                          AvahiLookupResultFlags flags,
                          void* self);
  static int wait(pollfd* descriptors, unsigned count, int timeout, void* self);
  void browse(AvahiClient* client);
  void report(AvahiNews news);
  void fail_with(std::string_view what);

  std::vector<std::string> types_;
  std::vector<std::string> interfaces_;
  std::mutex mutex_;  ///< guards listener_ and done_
  Listener listener_;
  std::condition_variable ended_;
  bool done_ = false;
  std::atomic<bool> stopping_ = false;
  bool failed_ = false;
  bool browsing_ = false;
  int stop_event_;
};

void AvahiSource::Worker::run() {
  if (avahi_library() == nullptr) {
    failed_ = true;
    report({.answer = std::nullopt,
            .failure = Error(Errc::NetworkFailed, "avahi-daemon: libavahi-client is not installed"),
            .library_missing = true});
  } else {
    search();
  }
  const std::lock_guard lock(mutex_);
  done_ = true;
  ended_.notify_all();
}

void AvahiSource::Worker::search() {
  const Poll poll(avahi().simple_poll_new(), avahi().simple_poll_free);
  avahi().simple_poll_set_func(poll.get(), &Worker::wait, this);
  int error = 0;
  const Client client(avahi().client_new(avahi().simple_poll_get(poll.get()),
                                         AvahiClientFlags{},
                                         &Worker::on_client,
                                         this,
                                         &error),
                      avahi().client_free);
  if (!client) {
    fail_with(avahi().strerror(error));
  }
  while (client && !failed_ && !stopping_ && avahi().simple_poll_iterate(poll.get(), -1) == 0) {
  }
}

bool AvahiSource::Worker::stop() {
  stopping_ = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(stop_event_, &one, sizeof one);
  std::unique_lock lock(mutex_);
  listener_ = nullptr;
  return ended_.wait_for(lock, kPatience, [this] { return done_; });
}

/// poll(2) that also returns when stop() is called.
int AvahiSource::Worker::wait(pollfd* descriptors, unsigned count, int timeout, void* self) {
  std::vector<pollfd> all(descriptors, descriptors + count);
  all.push_back({.fd = static_cast<Worker*>(self)->stop_event_, .events = POLLIN, .revents = 0});
  const int ready = poll(all.data(), all.size(), timeout);
  for (unsigned i = 0; i < count; ++i) {
    descriptors[i].revents = all[i].revents;
  }
  return ready > 0 && all.back().revents != 0 ? ready - 1 : ready;
}

void AvahiSource::Worker::on_client(AvahiClient* client, AvahiClientState state, void* self) {
  Worker& worker = *static_cast<Worker*>(self);
  if (state == AVAHI_CLIENT_FAILURE) {
    worker.fail_with(avahi().strerror(avahi().client_errno(client)));
  } else if (state != AVAHI_CLIENT_CONNECTING && !worker.browsing_) {
    worker.browsing_ = true;
    worker.report({});
    worker.browse(client);
  }
}

void AvahiSource::Worker::browse(AvahiClient* client) {
  std::vector<AvahiIfIndex> indices;
  for (const std::string& name : interfaces_) {
    indices.push_back(static_cast<AvahiIfIndex>(if_nametoindex(name.c_str())));
  }
  if (indices.empty()) {
    indices.push_back(AVAHI_IF_UNSPEC);
  }
  for (const std::string& type : types_) {
    for (const AvahiIfIndex index : indices) {
      // The client owns its browsers and resolvers.
      if (avahi().service_browser_new(client,
                                      index,
                                      AVAHI_PROTO_UNSPEC,
                                      type.c_str(),
                                      "local",
                                      AvahiLookupFlags{},
                                      &Worker::on_service,
                                      this) == nullptr) {
        fail_with(avahi().strerror(avahi().client_errno(client)));
      }
    }
  }
}

// The signature is Avahi's: NOLINTNEXTLINE(readability-function-size)
void AvahiSource::Worker::on_service(AvahiServiceBrowser* browser,
                                     AvahiIfIndex interface,
                                     AvahiProtocol protocol,
                                     AvahiBrowserEvent event,
                                     const char* name,
                                     const char* type,
                                     const char* domain,
                                     AvahiLookupResultFlags flags,
                                     void* self) {
  if (event != AVAHI_BROWSER_NEW) {
    return;
  }
  Worker& worker = *static_cast<Worker*>(self);
  // The resolver uses cached records that came with the pointer, so only the pointer shows whether
  // the device has answered just now.
  const bool cached = (flags & AVAHI_LOOKUP_RESULT_CACHED) != 0;
  if (cached) {
    worker.report({.answer = avahi_answer({interface, protocol, name, type}, nullptr, true),
                   .failure = std::nullopt});
  }
  avahi().service_resolver_new(avahi().service_browser_get_client(browser),
                               interface,
                               protocol,
                               name,
                               type,
                               domain,
                               AVAHI_PROTO_UNSPEC,
                               AvahiLookupFlags{},
                               cached ? &Worker::on_resolved<true> : &Worker::on_resolved<false>,
                               self);
}

template <bool Cached>
// The signature is Avahi's: NOLINTNEXTLINE(readability-function-size)
void AvahiSource::Worker::on_resolved(AvahiServiceResolver* resolver,
                                      AvahiIfIndex interface,
                                      AvahiProtocol protocol,
                                      AvahiResolverEvent event,
                                      const char* name,
                                      const char* type,
                                      const char*,
                                      const char* host,
                                      const AvahiAddress* address,
                                      std::uint16_t port,
                                      AvahiStringList* txt,
                                      AvahiLookupResultFlags,
                                      void* self) {
  if (event == AVAHI_RESOLVER_FOUND) {
    const AvahiResolved resolved{host, address, port, txt};
    static_cast<Worker*>(self)->report(
        {.answer = avahi_answer({interface, protocol, name, type}, &resolved, Cached),
         .failure = std::nullopt});
  }
  avahi().service_resolver_free(resolver);
}

void AvahiSource::Worker::report(AvahiNews news) {
  const std::lock_guard lock(mutex_);
  if (listener_) {
    listener_(std::move(news));
  }
}

void AvahiSource::Worker::fail_with(std::string_view what) {
  if (!failed_) {
    failed_ = true;
    report({.answer = std::nullopt,
            .failure = Error(Errc::NetworkFailed, fmt::format("avahi-daemon: {}", what))});
  }
}

AvahiSource::AvahiSource(std::shared_ptr<Worker> worker) : worker_(std::move(worker)) {}

std::unique_ptr<AvahiSource> AvahiSource::start(std::vector<std::string> types,
                                                std::vector<std::string> interfaces,
                                                Listener listener) {
  auto worker =
      std::make_shared<Worker>(std::move(types), std::move(interfaces), std::move(listener));
  // Detached: a thread that hangs in a D-Bus call outlives the search.
  std::thread([worker] { worker->run(); }).detach();
  return std::unique_ptr<AvahiSource>(new AvahiSource(std::move(worker)));
}

AvahiSource::~AvahiSource() {
  worker_->stop();
}

}  // namespace otatool::mdns
