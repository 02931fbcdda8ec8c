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
    for (const NewEvent& event : request->batch.events)
      bytes += kFrameEntryOverhead + kEntryHeaderBytes + (request->batch.merge ? kReplacesBytes : 0) + event.size;
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

Staging::Frame Staging::stage(std::span<AppendRequest* const> group, const Moment& moment, const Before& before) {
  before_ = position_;
  moment_ = moment;
  least_waiting_.reset();
  source_ = &before;
  frame_ = arena_.reserve(frame_bound(group));
  frame_bytes_ = kFrameHeaderBytes;
  entries_.clear();
  forget_staged();  // a group before this one may have failed half way
  for (AppendRequest* request : group) stage_request(*request);
  forget_staged();
  if (entries_.empty()) return {};
  const std::size_t padded = padded_frame_bytes(frame_bytes_);
  std::memset(frame_ + frame_bytes_, 0, padded - frame_bytes_);
  frame_bytes_ = padded;
  return {{static_cast<std::uint32_t>(entries_.size()), before_.lc + 1, moment.durable}, frame_, frame_bytes_};
}

void Staging::forget_staged() {
  snapshot_.reset();
  staged_.clear();
  staged_asides_.clear();
  staged_in_use_ = false;
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
  Entry entry = entry_of(key, event, value, batch.merge);
  const bool waits = batch.merge && key.time_ms() > moment_.due_until_ms;
  const auto present = find_if_old(key);
  if (present && present->value == value) {
    ++appended.known;
  } else if (waits) {
    stage_waiting(entry, appended);
  } else if (!present) {
    add(entry);
    ++appended.stored;
  } else if (batch.merge) {
    stage_contradiction(entry, *present, appended);
  } else {
    return conflict(index, key);
  }
  return std::nullopt;
}

Ulid Staging::key_of(const NewEvent& event) {
  if (event.key) return *event.key;
  return event.at_ms ? keys_.at(*event.at_ms) : keys_.next(moment_.now_ms);
}

Entry Staging::entry_of(const Ulid& key, const NewEvent& event, BytesView value, bool merge) const {
  Entry entry;
  entry.key = key;
  entry.arrived_ms = moment_.now_ms;
  entry.is_json = event.is_json;
  entry.value = value;
  entry.origin = position_.origin;
  entry.sequence = position_.sequence + 1;
  if (merge) name_origin(entry, event.origin);
  return entry;
}

// A peer that says to have events of our own present life which we lack is not believed: their numbers would be ours.
void Staging::name_origin(Entry& entry, const std::optional<Origin>& origin) const {
  const auto number = origin ? origins_->number_of(origin->epoch, origin->node) : std::nullopt;
  entry.relayed = !number || *number == position_.origin || origin->sequence > kMostSequence;
  if (entry.relayed) return;
  entry.origin = *number;
  entry.sequence = origin->sequence;
}

void Staging::stage_contradiction(Entry& entry, const Present& present, Appended& appended) {
  if (value_wins(entry.value, present.value)) {
    entry.replaces = present.lc;
    add(entry);
    ++appended.stored;
  } else if (is_listed(entry.key, entry.value, AsideReason::lost)) {
    ++appended.known;
  } else {
    put_aside(entry, appended);
  }
}

void Staging::stage_waiting(Entry& entry, Appended& appended) {
  if (is_listed(entry.key, entry.value, AsideReason::waiting)) {
    ++appended.known;
    return;
  }
  entry.waiting = true;
  if (!least_waiting_ || entry.key < *least_waiting_) least_waiting_ = entry.key;
  put_aside(entry, appended);
}

void Staging::put_aside(Entry& entry, Appended& appended) {
  entry.aside = true;
  add(entry);
  ++appended.aside;
}

std::optional<Staging::Present> Staging::find_if_old(const Ulid& key) {
  const bool may_be_known = position_.greatest && !(*position_.greatest < key);
  return may_be_known ? find(key) : std::nullopt;
}

std::optional<Staging::Present> Staging::find(const Ulid& key) {
  remember_staged();
  if (const auto staged = staged_.find(key); staged != staged_.end())
    return Present{staged->second, entry_value(entry_at(entries_[staged->second - before_.lc - 1]))};
  if (const auto event = before_group().find(key)) return Present{event->lc, event->value};
  return std::nullopt;
}

bool Staging::is_listed(const Ulid& key, BytesView value, AsideReason reason) {
  remember_staged();
  std::size_t count = 0;
  if (const auto staged = staged_asides_.find(key); staged != staged_asides_.end()) {
    for (const StagedAside& aside : staged->second) {
      if (aside.reason == reason && aside.value == value) return true;
      ++count;
    }
  }
  const auto scan = before_group().conflicts({key, 0}, key);
  while (const auto conflict = scan->next()) {
    if (conflict->reason == reason && conflict->event.value == value) return true;
    ++count;
  }
  return count >= kMostAside;
}

Snapshot& Staging::before_group() {
  if (!snapshot_) snapshot_.emplace((*source_)());
  return *snapshot_;
}

void Staging::remember_staged() {
  if (staged_in_use_) return;
  staged_in_use_ = true;
  staged_.clear();
  staged_asides_.clear();
  Lc lc = before_.lc;
  for (const char* entry : entries_) remember(entry, ++lc);
}

void Staging::remember(const char* bytes, Lc lc) {
  const Ulid key = entry_key(bytes);
  const std::uint8_t flags = entry_flags(bytes);
  if ((flags & kAsideFlag) != 0) {
    const bool waits = (flags & kWaitingFlag) != 0;
    staged_asides_[key].push_back({entry_value(entry_at(bytes)), waits ? AsideReason::waiting : AsideReason::lost});
    return;
  }
  staged_[key] = lc;
  if (const Lc old = entry_replaces(bytes)) {
    const BytesView value =
        old > before_.lc ? entry_value(entry_at(entries_[old - before_.lc - 1])) : before_group().at(old)->value;
    staged_asides_[key].push_back({value, AsideReason::lost});
  }
}

void Staging::add(Entry& entry) {
  entry.lc = position_.lc + 1;
  const std::size_t bytes = entry_bytes(entry);
  store_le(frame_ + frame_bytes_, static_cast<std::uint32_t>(bytes));
  char* place = frame_ + frame_bytes_ + kFrameEntryOverhead;
  position_.chain = encode_entry(entry, position_.chain, place);
  position_.lc = entry.lc;
  if (entry.origin == position_.origin) position_.sequence = entry.sequence;
  if (!entry.aside) widen(position_, entry.key);
  frame_bytes_ += kFrameEntryOverhead + bytes;
  entries_.push_back(place);
  if (staged_in_use_) remember(place, entry.lc);
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
