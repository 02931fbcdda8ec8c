#include "engine/events/staging.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/invariant.h"

namespace laterbase {
namespace {

// The most that the group can come to as a frame.
std::size_t frame_bound(std::span<AppendRequest* const> group) {
  std::size_t bytes = kFrameHeaderBytes + 8;
  for (const AppendRequest* request : group)
    for (const NewEvent& event : request->batch.events) bytes += kFrameEntryOverhead + kEntryHeaderBytes + event.size;
  return bytes;
}

AppendError conflict(std::size_t index, const Ulid& key) {
  return {ErrorCode::conflict,
          fmt::format("the key {} is there already with another value; an event never changes", key.text()), index,
          key};
}

}  // namespace

void Staging::start_at(const LogPosition& position) {
  position_ = position;
  before_ = position;
}

Staging::Frame Staging::stage(std::span<AppendRequest* const> group, std::int64_t now_ms, Lc durable,
                              const Before& before) {
  before_ = position_;
  now_ms_ = now_ms;
  source_ = &before;
  frame_ = arena_.reserve(frame_bound(group));
  frame_bytes_ = kFrameHeaderBytes;
  entries_.clear();
  for (AppendRequest* request : group) stage_request(*request);
  snapshot_.reset();
  staged_.clear();
  staged_in_use_ = false;
  if (entries_.empty()) return {};
  const std::size_t padded = padded_frame_bytes(frame_bytes_);
  std::memset(frame_ + frame_bytes_, 0, padded - frame_bytes_);
  frame_bytes_ = padded;
  return {{static_cast<std::uint32_t>(entries_.size()), before_.lc + 1, durable}, frame_, frame_bytes_};
}

void Staging::stage_request(AppendRequest& request) {
  const LogPosition position = position_;
  const std::size_t entries = entries_.size(), bytes = frame_bytes_;
  Appended appended;
  appended.keys.reserve(request.batch.events.size());
  for (std::size_t i = 0; i < request.batch.events.size(); ++i) {
    if (auto error = stage_event(request.batch, i, appended)) {
      roll_back_to(entries, bytes, position);
      request.result = std::move(*error);
      return;
    }
  }
  appended.lc = position_.lc;
  request.result = std::move(appended);
}

std::optional<AppendError> Staging::stage_event(const Batch& batch, std::size_t index, Appended& appended) {
  const NewEvent& event = batch.events[index];
  const BytesView value = BytesView(batch.payload).substr(event.offset, event.size);
  const Ulid key = key_of(event);
  appended.keys.push_back(key);
  const bool may_be_known = position_.greatest && !(*position_.greatest < key);
  if (may_be_known) {
    if (const auto present = value_of(key)) {
      if (*present != value) return conflict(index, key);
      ++appended.known;
      return std::nullopt;
    }
  }
  add(key, event, value);
  ++appended.stored;
  return std::nullopt;
}

Ulid Staging::key_of(const NewEvent& event) {
  if (event.key) return *event.key;
  return event.at_ms ? keys_.at(*event.at_ms) : keys_.next(now_ms_);
}

std::optional<BytesView> Staging::value_of(const Ulid& key) {
  remember_staged();
  if (const auto staged = staged_.find(key); staged != staged_.end())
    return entry_at(staged->second).substr(kEntryHeaderBytes);
  if (!snapshot_) snapshot_.emplace((*source_)());
  if (const auto event = snapshot_->find(key)) return event->value;
  return std::nullopt;
}

void Staging::remember_staged() {
  if (staged_in_use_) return;
  staged_in_use_ = true;
  staged_.clear();
  for (const char* entry : entries_) staged_.emplace(entry_key(entry), entry);
}

void Staging::add(const Ulid& key, const NewEvent& event, BytesView value) {
  Entry entry;
  entry.key = key;
  entry.lc = position_.lc + 1;
  entry.arrived_ms = now_ms_;
  entry.origin = position_.origin;
  entry.sequence = position_.sequence + 1;
  entry.is_json = event.is_json;
  entry.value = value;
  store_le(frame_ + frame_bytes_, static_cast<std::uint32_t>(entry_bytes(value)));
  char* place = frame_ + frame_bytes_ + kFrameEntryOverhead;
  position_.chain = encode_entry(entry, position_.chain, place);
  position_.lc = entry.lc;
  position_.sequence = entry.sequence;
  if (!position_.greatest || *position_.greatest < key) position_.greatest = key;
  if (!position_.least || key < *position_.least) position_.least = key;
  frame_bytes_ += kFrameEntryOverhead + entry_bytes(value);
  entries_.push_back(place);
  if (staged_in_use_) staged_.emplace(key, place);
}

void Staging::roll_back_to(std::size_t entries, std::size_t bytes, const LogPosition& position) {
  entries_.resize(entries);
  frame_bytes_ = bytes;
  position_ = position;
  staged_in_use_ = false;
}

std::shared_ptr<const TailRun> Staging::accept() {
  arena_.commit(frame_bytes_);
  return std::make_shared<const TailRun>(before_.lc + 1, std::vector<const char*>(entries_.begin(), entries_.end()),
                                         std::vector<ChunkPool::Chunk>{arena_.chunk()});
}

void Staging::take_back() { position_ = before_; }

}  // namespace laterbase
