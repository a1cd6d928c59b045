#include "store/event_queue.hpp"

#include <algorithm>
#include <utility>

namespace otatool::store {

EventQueue::EventQueue(std::string source, std::optional<Spool> spool)
    : source_(std::move(source)), spool_(std::move(spool)) {
  if (spool_) {
    for (const Spool::Place place : spool_->left()) {
      waiting_.push_back({.batch = nullptr, .place = place, .since = {}, .fresh = false});
    }
  }
}

bool EventQueue::push(std::vector<fleet::Event> events, Time now) {
  const std::size_t count = events.size();
  auto batch = std::make_shared<const EventBatch>(
      EventBatch{.source = source_, .number = next_, .events = std::move(events)});
  Entry entry{.batch = std::move(batch), .place = {}, .since = now, .fresh = true};
  if (in_memory_ + count > kMostInMemory) {
    // A process that takes over the file must find the batches in the order of their numbers:
    // when a batch has been merged, the database ignores batches with lower numbers.
    const bool all = std::ranges::all_of(waiting_, [this](Entry& each) { return save(each); });
    if (!all || !save(entry)) {
      return false;
    }
    entry.batch.reset();
  } else {
    in_memory_ += count;
  }
  ++next_;
  waiting_.push_back(std::move(entry));
  return true;
}

bool EventQueue::save(Entry& entry) {
  if (!entry.place && spool_) {
    entry.place = spool_->append(*entry.batch);
  }
  return entry.place.has_value();
}

void EventQueue::save(Time now) {
  for (Entry& entry : waiting_) {
    if (!entry.place && now - entry.since >= kPatience && !save(entry)) {
      break;
    }
  }
}

std::shared_ptr<const EventBatch> EventQueue::front() {
  while (!waiting_.empty()) {
    Entry& entry = waiting_.front();
    if (entry.batch) {
      return entry.batch;
    }
    if (auto read = spool_->read(*entry.place)) {
      entry.batch = std::make_shared<const EventBatch>(std::move(*read));
      in_memory_ += entry.batch->events.size();
      return entry.batch;
    }
    spool_->free(*entry.place);
    waiting_.pop_front();
    ++unreadable_;
  }
  clear_if_done();
  return nullptr;
}

std::size_t EventQueue::take_unreadable() {
  return std::exchange(unreadable_, 0);
}

void EventQueue::clear_if_done() {
  if (waiting_.empty() && spool_) {
    spool_->clear();
  }
}

bool EventQueue::front_is_new() const {
  return !waiting_.empty() && waiting_.front().fresh;
}

void EventQueue::pop(Time now) {
  Entry entry = std::move(waiting_.front());
  waiting_.pop_front();
  in_memory_ -= entry.batch->events.size();
  if (entry.place) {
    spool_->free(*entry.place);
  }
  clear_if_done();
  kept_ += entry.batch->events.size();
  entry.place.reset();
  entry.since = now;
  entry.fresh = false;
  taken_.push_back(std::move(entry));
  while (!taken_.empty() && (kept_ > kMostInMemory || now - taken_.front().since > kKept)) {
    kept_ -= taken_.front().batch->events.size();
    taken_.pop_front();
  }
}

void EventQueue::repeat() {
  while (!taken_.empty()) {
    in_memory_ += taken_.back().batch->events.size();
    waiting_.push_front(std::move(taken_.back()));
    taken_.pop_back();
  }
  kept_ = 0;
}

bool EventQueue::saved() const {
  return std::ranges::all_of(waiting_, [](const Entry& entry) { return entry.place.has_value(); });
}

}  // namespace otatool::store
