// Very many MAC addresses from one client: what the parts of the server keep in memory and in the
// store. The parts are those of the server; the network is left out.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <malloc.h>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>

#include "otatool/http/operations.hpp"
#include "otatool/store/store_writer.hpp"

#include "tests/support/patience.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define OTATOOL_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OTATOOL_ADDRESS_SANITIZER
#endif
#endif
#ifdef OTATOOL_ADDRESS_SANITIZER
#include <sanitizer/allocator_interface.h>
#endif

namespace otatool::test {
namespace {

/// Bytes that this process has allocated.
std::size_t allocated() {
#ifdef OTATOOL_ADDRESS_SANITIZER
  return __sanitizer_get_current_allocated_bytes();
#else
  const auto now = mallinfo2();
  return now.uordblks + now.hblkhd;
#endif
}

/// OTATOOL_ADDRESSES, or a number that a sanitized program does in some seconds.
std::uint64_t addresses() {
  const char* const text = std::getenv("OTATOOL_ADDRESSES");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 40'000;
}

constexpr std::size_t kMostDevices = 10'000;
/// Requests between two ticks of the server.
constexpr std::uint64_t kTick = 2000;
/// As in serve: devices written in one transaction.
constexpr std::size_t kMostInBatch = 2000;
constexpr std::int64_t kStart = 1'790'000'000;

/// One rule with stages gives one image to every device.
class OneRule final : public http::Library {
 public:
  OneRule() {
    auto file = std::make_shared<http::ServedFile>();
    file->name = "sketch.bin";
    file->kind = http::FileKind::Firmware;
    file->family = ChipFamily::Esp8266;
    file->whole = {.size_bytes = 300'000,
                   .md5 = std::string(32, '1'),
                   .sha256 = std::string(64, '2'),
                   .content = nullptr};
    http::Rule rule;
    rule.manifest.name = "sketch";
    rule.manifest.image = "sketch.bin";
    rule.manifest.version = "2.0.0";
    rule.manifest.plan = fleet::StagePlan{.stages = {50, 100}};
    rule.file = file;
    auto made = std::make_shared<http::Catalogue>();
    made->update_path = "update";
    made->rules.push_back(std::move(rule));
    catalogue_ = std::move(made);
  }
  std::shared_ptr<const http::Catalogue> catalogue() override { return catalogue_; }
  std::shared_ptr<const http::ServedFile> file(const std::string& /*path*/) override {
    return nullptr;
  }

 private:
  std::shared_ptr<const http::Catalogue> catalogue_;
};

class ManyAddresses : public ::testing::Test {
 protected:
  ManyAddresses() {
    operations_.on_catalogue(*library_.catalogue());
    const store::StoreAddress address{.kind = store::StoreAddress::Kind::Sqlite, .place = file()};
    auto store = store::open_store(address, store::Access::Serve);
    EXPECT_TRUE(store) << (store ? "" : store.error().message());
    writer_ = std::make_unique<store::StoreWriter>(std::move(*store), store::WriterOptions());
  }

  [[nodiscard]] std::string file() const { return folder_ / "fleet.sqlite3"; }

  /// A device asks, and gets all of what the server sends; returns the status.
  unsigned ask(std::uint64_t number, std::string_view version) {
    const std::string mac = fleet::to_string({0x5CCF7F000000 + number});
    const std::array<http::HeaderField, 9> fields = {
        {{"Host", "a"},
         {"User-Agent", "ESP8266-http-Update"},
         {"x-ESP8266-STA-MAC", mac},
         {"x-ESP8266-free-space", "2818048"},
         {"x-ESP8266-sketch-size", "325232"},
         {"x-ESP8266-sketch-md5", "00000000000000000000000000000000"},
         {"x-ESP8266-chip-size", "4194304"},
         {"x-ESP8266-mode", "sketch"},
         {"x-ESP8266-version", version}}};
    const http::Request request{
        .method = "GET", .target = "/update", .fields = fields, .http11 = true};
    http::Response response = site_.respond(request, {});
    http::RequestRecord record;
    record.client = "192.0.2.1";
    record.method = "GET";
    record.status = response.status;
    record.bytes = response.length;
    record.complete = true;
    record.account = std::move(response.account);
    if (record.account.image) {
      operations_.on_download_started(record);
    }
    operations_.on_request(record);
    return response.status;
  }

  /// What serve does several times a second.
  void tick() {
    operations_.set_time(++now_);
    static_cast<void>(writer_->take_news());
    if (!writer_->ready()) {
      return;
    }
    auto changes = operations_.fleet().take_changes(kMostInBatch);
    if (!changes.empty()) {
      writer_->write(std::move(changes));
    }
  }
  void write_everything() {
    for (auto changes = operations_.fleet().take_changes(kMostInBatch); !changes.empty();
         changes = operations_.fleet().take_changes(kMostInBatch)) {
      ASSERT_TRUE(writer_->wait_until_ready(kPatience));
      writer_->write(std::move(changes));
    }
    ASSERT_TRUE(writer_->wait_until_ready(kPatience));
  }

  [[nodiscard]] std::string count(const std::string& table) const {
    return run({.program = "/usr/bin/sqlite3",
                .arguments = {file(), "SELECT count(*) FROM otatool_" + table}})
        .output;
  }

  TemporaryFolder folder_;
  OneRule library_;
  http::Operations operations_{kStart, kMostDevices};
  http::Site site_{{}, library_, operations_};
  std::unique_ptr<store::StoreWriter> writer_;
  std::int64_t now_ = kStart;
};

TEST_F(ManyAddresses, OfOneClientNeedBoundedMemory) {
  // More than are kept, so that everything has the size that it keeps.
  constexpr std::uint64_t kFirst = 2 * kMostDevices;
  // A client that means harm sends long texts.
  const std::string version = "1.0.0-" + std::string(1000, 'x');
  const std::size_t empty = allocated();
  std::size_t before = 0;
  std::uint64_t images = 0;
  const std::uint64_t all = addresses();
  for (std::uint64_t number = 0; number < all; ++number) {
    const unsigned status = ask(number, version);
    // Half of the devices are in the first stage. Those that are not kept are served alike.
    ASSERT_TRUE(status == 200 || status == 304) << status;
    images += status == 200 ? 1 : 0;
    if (number % kTick == 0) {
      tick();
    }
    if (number == kFirst) {
      write_everything();
      before = allocated();
    }
  }
  write_everything();
  const std::size_t after = allocated();
  EXPECT_GT(images, all * 4 / 10);
  EXPECT_LT(images, all * 6 / 10);
  EXPECT_EQ(operations_.fleet().size(), kMostDevices);
  EXPECT_GE(operations_.fleet().not_kept(), all - kMostDevices);
  EXPECT_EQ(operations_.fleet().lost_events(), 0U);
  constexpr std::size_t kFewBytes = std::size_t{256} << 10U;
  constexpr std::size_t kMostOfDevice = 1536;
  RecordProperty("bytes_for_the_last_addresses",
                 static_cast<int>(static_cast<std::int64_t>(after - before)));
  EXPECT_LT(after, before + kFewBytes);
  EXPECT_LT(after, empty + kMostDevices * kMostOfDevice);
  EXPECT_EQ(count("devices"), std::to_string(kMostDevices) + "\n");
  EXPECT_EQ(count("rollouts"), "1\n");
  // Offered, and downloaded, or waiting.
  EXPECT_LE(std::stoull(count("history")), 2 * kMostDevices);
  EXPECT_GE(std::stoull(count("history")), kMostDevices);

  // Who is known is still heard.
  const auto device = [this](std::uint64_t number) {
    return operations_.fleet().device({0x5CCF7F000000 + number});
  };
  std::uint64_t known = 0;
  while (device(known)->downloads == 0) {
    ++known;
  }
  EXPECT_EQ(ask(known, "2.0.0"), 304U);
  EXPECT_EQ(device(known)->state, fleet::State::Confirmed);
}

}  // namespace
}  // namespace otatool::test
