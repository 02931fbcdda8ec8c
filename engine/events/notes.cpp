#include "engine/events/notes.h"

#include <fmt/format.h>

#include "engine/base/hash.h"
#include "engine/events/tables.h"

namespace laterbase {
namespace {

constexpr std::size_t kCheckBytes = 8;

std::uint64_t check_of(BytesView name, BytesView value) noexcept { return hash64(value, hash64(name)); }

}  // namespace

void Notes::load(ReadTxn& txn) {
  const std::lock_guard lock(mutex_);
  notes_.clear();
  const auto cursor = txn.cursor(kPeersTable);
  for (bool on = cursor->first(); on; on = cursor->next()) {
    const BytesView name = cursor->key(), bytes = cursor->value();
    const BytesView value = bytes.size() < kCheckBytes ? BytesView() : bytes.substr(kCheckBytes);
    if (bytes.size() < kCheckBytes || load_le<std::uint64_t>(bytes.data()) != check_of(name, value))
      throw Failure(FailureCode::damaged, fmt::format("the note \"{}\" is not what was written", name));
    notes_.emplace(name, Note{std::string(value), 0, 0});
  }
  live_ = notes_.size();
}

Result<void> Notes::remember(std::string name, std::string value, Lc head) {
  if (name.empty() || name.size() > kMostNameBytes || value.size() > kMostValueBytes)
    return Error{ErrorCode::too_large, fmt::format("a note's name has 1 to {} bytes and its value at most {}",
                                                   kMostNameBytes, kMostValueBytes)};
  const std::lock_guard lock(mutex_);
  const auto found = notes_.find(name);
  const bool is_new = found == notes_.end() || !found->second.value;
  // Forgotten ones are kept until the table has lost them.
  if (is_new && (live_ >= kMostNotes || notes_.size() >= 2 * kMostNotes))
    return Error{ErrorCode::too_large, fmt::format("{} notes are kept already", kMostNotes)};
  put(std::move(name), std::move(value), head);
  return {};
}

void Notes::forget(const std::string& name, Lc head) {
  const std::lock_guard lock(mutex_);
  const auto found = notes_.find(name);
  if (found != notes_.end() && found->second.value) put(name, std::nullopt, head);
}

void Notes::put(std::string name, std::optional<std::string> value, Lc head) {
  Note& note = notes_[std::move(name)];
  live_ += (value ? 1 : 0) - (note.value ? 1 : 0);
  note = {std::move(value), head, ++version_};
}

std::optional<std::string> Notes::recall(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = notes_.find(name);
  return found != notes_.end() ? found->second.value : std::nullopt;
}

std::vector<std::pair<std::string, std::string>> Notes::list(std::string_view prefix) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, std::string>> found;
  for (auto at = notes_.lower_bound(prefix); at != notes_.end() && at->first.starts_with(prefix); ++at)
    if (at->second.value) found.emplace_back(at->first, *at->second.value);
  return found;
}

std::vector<Notes::Pending> Notes::pending(Lc lc) const {
  const std::lock_guard lock(mutex_);
  std::vector<Pending> found;
  for (const auto& [name, note] : notes_)
    if (note.version != 0 && note.head <= lc) found.push_back({name, note.value, note.version});
  return found;
}

void Notes::write(WriteTxn& txn, const std::vector<Pending>& notes) {
  for (const Pending& note : notes) {
    if (!note.value) {
      txn.erase(kPeersTable, note.name);
      continue;
    }
    std::string bytes;
    append_le(bytes, check_of(note.name, *note.value));
    txn.put(kPeersTable, note.name, bytes + *note.value);
  }
}

void Notes::settle(const std::vector<Pending>& notes) {
  const std::lock_guard lock(mutex_);
  for (const Pending& written : notes) {
    const auto note = notes_.find(written.name);
    if (note == notes_.end() || note->second.version != written.version) continue;
    note->second.version = 0;
    if (!note->second.value) notes_.erase(note);
  }
}

}  // namespace laterbase
