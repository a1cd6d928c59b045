#include "store/event_queue.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "store/event_text.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::store {
namespace {

fleet::Event event_of(std::uint64_t mac) {
  fleet::Event event;
  event.kind = fleet::Event::Kind::Interrupted;
  event.time = 1'800'000'000;
  event.mac = {mac};
  event.chip = ChipFamily::Esp32;
  event.slot = fleet::Slot::Filesystem;
  event.address = "192.0.2.1";
  event.version = "1.0.0\n\"";
  event.md5 = "0123";
  event.offered = "2.0.0";
  event.reason = "why";
  event.status = 200;
  event.bytes = 123'456'789'012;
  event.waits_rule = "other.bin";
  event.waits = true;
  event.attempt = 3;
  event.retried = 2;
  event.polls = 4;
  event.image = std::make_shared<const fleet::Image>(
      fleet::Image{.rule = "sketch.bin", .version = "2.0.0", .sha256 = "aa", .md5 = "bb"});
  return event;
}

std::vector<fleet::Event> events(std::size_t count) {
  return std::vector<fleet::Event>(count, event_of(7));
}

TEST(EventLine, KeepsEveryField) {
  EventBatch batch{.source = "s", .number = 9, .events = {event_of(7), fleet::Event()}};
  const std::string line = to_line(batch);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto read = parse_line(line);
  ASSERT_TRUE(read);
  EXPECT_EQ(to_line(*read), line);
  EXPECT_EQ(read->number, 9U);
  ASSERT_EQ(read->events.size(), 2U);
  const fleet::Event& event = read->events[0];
  EXPECT_EQ(event.kind, fleet::Event::Kind::Interrupted);
  EXPECT_EQ(event.mac, fleet::Mac{7});
  EXPECT_EQ(event.chip, ChipFamily::Esp32);
  EXPECT_EQ(event.slot, fleet::Slot::Filesystem);
  EXPECT_EQ(event.version, "1.0.0\n\"");
  EXPECT_EQ(event.bytes, 123'456'789'012U);
  EXPECT_TRUE(event.waits);
  EXPECT_EQ(event.attempt, 3U);
  EXPECT_EQ(event.retried, 2U);
  EXPECT_EQ(event.polls, 4U);
  ASSERT_TRUE(event.image);
  EXPECT_EQ(event.image->md5, "bb");
  EXPECT_FALSE(read->events[1].image);
}

TEST(EventLine, RefusesOtherTexts) {
  for (const char* text :
       {"", "{}", "[]", "{\"source\":\"s\",\"number\":-1,\"events\":[[]]}", "\xFF"}) {
    EXPECT_FALSE(parse_line(text)) << text;
  }
}

class Queue : public ::testing::Test {
 protected:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] Spool spool() const {
    auto opened = Spool::open(folder_ / "serve");
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message());
    return std::move(*opened);
  }
  [[nodiscard]] EventQueue queue() const { return EventQueue("s", spool()); }
  [[nodiscard]] std::uintmax_t size() const {
    return std::filesystem::file_size(folder_ / "serve-1.spool");
  }

  test::TemporaryFolder folder_;
  Clock::time_point now_ = Clock::now();
};

TEST_F(Queue, GivesBatchesInOrderWithoutTheFile) {
  EventQueue queue("s", std::nullopt);
  ASSERT_TRUE(queue.push(events(1), now_));
  ASSERT_TRUE(queue.push(events(2), now_));
  EXPECT_TRUE(queue.front_is_new());
  EXPECT_EQ(queue.front()->number, 0U);
  queue.pop(now_);
  EXPECT_EQ(queue.front()->events.size(), 2U);
  queue.pop(now_);
  EXPECT_FALSE(queue.front());
  EXPECT_TRUE(queue.empty());
}

TEST_F(Queue, SavesWhatWaitsAndAnotherProcessFindsIt) {
  {
    EventQueue first = queue();
    ASSERT_TRUE(first.push(events(3), now_));
    first.save(now_);
    EXPECT_FALSE(first.saved());
    EXPECT_EQ(size(), 0U);
    first.save(now_ + EventQueue::kPatience);
    EXPECT_TRUE(first.saved());
  }
  EventQueue second = queue();
  ASSERT_FALSE(second.empty());
  EXPECT_FALSE(second.front_is_new());
  const auto batch = second.front();
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->source, "s");
  EXPECT_EQ(batch->events.size(), 3U);
  second.pop(now_);
  EXPECT_EQ(size(), 0U);
}

TEST_F(Queue, ALineThatWasCutOffIsDropped) {
  {
    EventQueue first = queue();
    ASSERT_TRUE(first.push(events(1), now_));
    ASSERT_TRUE(first.push(events(1), now_));
    first.save(now_ + EventQueue::kPatience);
  }
  std::filesystem::resize_file(folder_ / "serve-1.spool", size() - 5);
  EventQueue second = queue();
  EXPECT_EQ(second.front()->number, 0U);
  second.pop(now_);
  EXPECT_FALSE(second.front());
}

TEST_F(Queue, ALineThatIsNoBatchIsPassedOverAndCounted) {
  std::ofstream(folder_ / "serve-1.spool") << "no batch\n\n";
  EventQueue second = queue();
  ASSERT_TRUE(second.push(events(1), now_));
  ASSERT_TRUE(second.front());
  EXPECT_EQ(second.front()->events.size(), 1U);
  EXPECT_EQ(second.take_unreadable(), 2U);
  EXPECT_EQ(second.take_unreadable(), 0U);
}

TEST_F(Queue, AFileWithoutAnyBatchIsEmptied) {
  std::ofstream(folder_ / "serve-1.spool") << "no batch\n";
  EventQueue second = queue();
  EXPECT_FALSE(second.front());
  EXPECT_EQ(second.take_unreadable(), 1U);
  EXPECT_EQ(size(), 0U);
}

TEST_F(Queue, TwoProcessesHaveTwoFiles) {
  const Spool first = spool();
  const Spool second = spool();
  EXPECT_NE(first.path(), second.path());
}

TEST_F(Queue, BeyondTheMemoryBatchesAreInTheFileAlone) {
  EventQueue queue = this->queue();
  for (std::size_t i = 0; i <= EventQueue::kMostInMemory; i += 2000) {
    ASSERT_TRUE(queue.push(events(2000), now_));
  }
  EXPECT_GT(size(), 0U);
  for (std::uint64_t number = 0; !queue.empty(); ++number) {
    ASSERT_TRUE(queue.front());
    EXPECT_EQ(queue.front()->number, number);
    EXPECT_TRUE(queue.front_is_new());
    queue.pop(now_);
  }
  EXPECT_EQ(size(), 0U);
}

TEST_F(Queue, AnotherProcessFindsBatchesBeyondTheMemoryInTheirOrder) {
  constexpr std::size_t kEach = 2000;
  {
    EventQueue first = queue();
    for (std::size_t count = 0; count <= EventQueue::kMostInMemory; count += kEach) {
      ASSERT_TRUE(first.push(events(kEach), now_));
    }
    first.save(now_ + EventQueue::kPatience);
  }
  EventQueue second = queue();
  std::uint64_t number = 0;
  for (; second.front(); ++number) {
    EXPECT_EQ(second.front()->number, number);
    second.pop(now_);
  }
  EXPECT_EQ(number, EventQueue::kMostInMemory / kEach + 1);
}

TEST_F(Queue, IsBounded) {
  EventQueue memory("s", std::nullopt);
  ASSERT_TRUE(memory.push(events(EventQueue::kMostInMemory), now_));
  EXPECT_FALSE(memory.push(events(1), now_));
  constexpr std::uint64_t kLargest = 8'000'000;
  auto small = Spool::open(folder_ / "serve", kLargest);
  ASSERT_TRUE(small);
  EventQueue both("s", std::move(*small));
  ASSERT_TRUE(both.push(events(EventQueue::kMostInMemory), now_));
  std::size_t count = 0;
  while (both.push(events(500), now_)) {
    ASSERT_LT(++count, 1000U);
  }
  EXPECT_LE(size(), kLargest);
  EXPECT_GT(count, 10U);
}

TEST_F(Queue, TheSpaceOfBatchesThatWereTakenIsUsedAgain) {
  constexpr std::uint64_t kLargest = 200'000;
  constexpr std::size_t kEach = 20;
  std::uint64_t pushed = 0;
  std::uint64_t taken = 0;
  {
    auto small = Spool::open(folder_ / "serve", kLargest);
    ASSERT_TRUE(small);
    EventQueue queue("s", std::move(*small));
    const auto fill = [&] {
      for (; queue.push(events(kEach), now_); ++pushed) {
        queue.save(now_ + EventQueue::kPatience);
        if (!queue.saved()) {
          ++pushed;
          return;
        }
      }
    };
    // It never becomes empty.
    for (int round = 0; round < 20; ++round) {
      fill();
      for (const std::uint64_t end = pushed - 1; taken < end; ++taken) {
        ASSERT_TRUE(queue.front());
        ASSERT_EQ(queue.front()->number, taken);
        queue.pop(now_);
      }
      queue.save(now_ + EventQueue::kPatience);
      ASSERT_TRUE(queue.saved()) << round;
    }
    fill();
    struct stat file {};
    ASSERT_EQ(stat((folder_ / "serve-1.spool").c_str(), &file), 0);
    EXPECT_GT(file.st_size, static_cast<off_t>(kLargest));
    EXPECT_LE(file.st_blocks * 512, static_cast<blkcnt_t>(kLargest) + 8192);
  }
  EventQueue second("s", std::move(*Spool::open(folder_ / "serve", kLargest)));
  // The last one did not fit.
  for (; taken + 1 < pushed; ++taken) {
    ASSERT_TRUE(second.front());
    EXPECT_EQ(second.front()->number, taken);
    second.pop(now_);
  }
  EXPECT_FALSE(second.front());
  EXPECT_EQ(size(), 0U);
}

TEST_F(Queue, OffersTheLastBatchesAgain) {
  EventQueue queue("s", std::nullopt);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(queue.push(events(1), now_));
  }
  static_cast<void>(queue.front());
  queue.pop(now_);
  static_cast<void>(queue.front());
  queue.pop(now_ + EventQueue::kKept + std::chrono::seconds(1));
  queue.repeat();
  EXPECT_EQ(queue.front()->number, 1U);
  EXPECT_FALSE(queue.front_is_new());
  queue.pop(now_);
  EXPECT_EQ(queue.front()->number, 2U);
  EXPECT_TRUE(queue.front_is_new());
}

}  // namespace
}  // namespace otatool::store
