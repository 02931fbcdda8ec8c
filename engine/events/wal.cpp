#include "engine/events/wal.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/hash.h"
#include "engine/base/invariant.h"

namespace laterbase {
namespace {

constexpr std::uint64_t kFileMagic = 0x4c41574245544c31;  // "1LTEBWAL"
constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kRelaxedFlag = 1;
constexpr std::uint32_t kFrameMagic = 0x4d52464c;  // "LFRM"
constexpr std::size_t kHeaderCopyBytes = kWalHeaderBytes / 2;
constexpr std::size_t kHeaderCheckAt = 72;
constexpr std::size_t kFrameCheckAt = 32;
constexpr std::uint64_t kFirstAllocation = 64 << 10;
constexpr std::uint64_t kMostSpare = 1 << 20;

std::uint64_t frame_check(const char* frame, std::size_t bytes, std::uint64_t salt) noexcept {
  const std::uint64_t head = hash64({frame, kFrameCheckAt}, salt);
  return hash64({frame + kFrameHeaderBytes, bytes - kFrameHeaderBytes}, head);
}

}  // namespace

void seal_frame(char* frame, std::size_t bytes, const FrameInfo& info, std::uint64_t salt) noexcept {
  store_le(frame, kFrameMagic);
  store_le(frame + 4, info.count);
  store_le(frame + 8, static_cast<std::uint64_t>(bytes));
  store_le(frame + 16, info.first);
  store_le(frame + 24, info.durable);
  store_le(frame + kFrameCheckAt, frame_check(frame, bytes, salt));
}

bool for_each_entry(const FrameInfo& info, BytesView frame, const std::function<bool(Lc, BytesView)>& entry) {
  std::size_t at = kFrameHeaderBytes;
  for (std::uint32_t i = 0; i < info.count; ++i) {
    if (frame.size() - at < kFrameEntryOverhead) return false;
    const auto size = load_le<std::uint32_t>(frame.data() + at);
    at += kFrameEntryOverhead;
    if (frame.size() - at < size) return false;
    if (!entry(info.first + i, frame.substr(at, size))) return false;
    at += size;
  }
  return true;
}

Wal::Wal(Disk& disk, std::string path, std::uint64_t most_spare)
    : disk_(disk), path_(std::move(path)), most_spare_(std::min(most_spare, kMostSpare)) {
  if (!disk_.exists(path_)) return;
  ensure_open();
  // Where the copies differ, a crash cut off the writing of the newer one, or one is damaged.
  const auto first = header_copy(0), second = header_copy(kHeaderCopyBytes);
  const bool second_is_newer = second && (!first || second->generation > first->generation);
  generation_ = second_is_newer ? second : first;
  if (generation_ && first && second && first->generation == second->generation)
    generation_->relaxed = first->relaxed || second->relaxed;
}

void Wal::ensure_open() {
  if (file_) return;
  auto file = disk_.open(path_, true);
  // Also where the file was there: whoever made it may have died before its name was durable.
  disk_.sync_directory(path_.substr(0, path_.rfind('/')));
  file_ = std::move(file);
  allocated_ = file_->size();
}

// Nothing where the copy is not whole.
std::optional<WalGeneration> Wal::header_copy(std::uint64_t offset) {
  char bytes[kHeaderCopyBytes];
  if (file_->read_at(offset, bytes, sizeof bytes) != sizeof bytes) return std::nullopt;
  if (load_le<std::uint64_t>(bytes) != kFileMagic) return std::nullopt;
  if (load_le<std::uint64_t>(bytes + kHeaderCheckAt) != hash64({bytes, kHeaderCheckAt})) return std::nullopt;
  if (load_le<std::uint32_t>(bytes + 8) != kVersion)
    throw Failure(FailureCode::damaged, fmt::format("{} was written by another version of this program", path_));
  WalGeneration found;
  found.relaxed = (load_le<std::uint32_t>(bytes + 12) & kRelaxedFlag) != 0;
  found.generation = load_le<std::uint64_t>(bytes + 16);
  found.salt = load_le<std::uint64_t>(bytes + 24);
  found.first = load_le<std::uint64_t>(bytes + 32);
  found.boot = load_le<std::uint64_t>(bytes + 40);
  found.epoch = Ulid::load(bytes + 48);
  return found;
}

void Wal::write_header() {
  char bytes[kHeaderCopyBytes] = {};
  store_le(bytes, kFileMagic);
  store_le(bytes + 8, kVersion);
  store_le(bytes + 12, generation_->relaxed ? kRelaxedFlag : 0U);
  store_le(bytes + 16, generation_->generation);
  store_le(bytes + 24, generation_->salt);
  store_le(bytes + 32, generation_->first);
  store_le(bytes + 40, generation_->boot);
  generation_->epoch.store(bytes + 48);
  store_le(bytes + kHeaderCheckAt, hash64({bytes, kHeaderCheckAt}));
  dirty_ = true;
  file_->write_at(0, std::string(bytes, sizeof bytes) + std::string(bytes, sizeof bytes));
}

std::optional<FrameInfo> Wal::frame_at(std::string& buffer, std::uint64_t offset) {
  char head[kFrameHeaderBytes];
  if (file_->read_at(offset, head, sizeof head) != sizeof head) return std::nullopt;
  if (load_le<std::uint32_t>(head) != kFrameMagic) return std::nullopt;
  const auto bytes = load_le<std::uint64_t>(head + 8);
  if (bytes < kFrameHeaderBytes || offset + bytes > allocated_ || bytes > allocated_) return std::nullopt;
  buffer.resize(bytes);
  if (file_->read_at(offset, buffer.data(), bytes) != bytes) return std::nullopt;
  if (load_le<std::uint64_t>(buffer.data() + kFrameCheckAt) != frame_check(buffer.data(), bytes, generation_->salt))
    return std::nullopt;
  return FrameInfo{load_le<std::uint32_t>(head + 4), load_le<std::uint64_t>(head + 16),
                   load_le<std::uint64_t>(head + 24)};
}

void Wal::replay(Lc in_tree, Lc end, const OnFrame& frame) {
  if (!generation_) return;
  std::string buffer;
  std::uint64_t offset = kWalHeaderBytes;
  Lc next = generation_->first;
  while (const auto info = frame_at(buffer, offset)) {
    if (info->first >= end) break;
    if (!frame(*info, buffer))
      throw Failure(FailureCode::damaged, fmt::format("{} does not fit the log at byte {}", path_, offset));
    next = info->first + info->count;
    offset += buffer.size();
  }
  next = std::max(next, in_tree + 1);
  if (durable_frame_beyond(offset, next))
    throw Failure(FailureCode::damaged,
                  fmt::format("{} is damaged at byte {}: events from position {} on were acknowledged and cannot be "
                              "read. Restore a backup; or move the file away to go on without them, and peers bring "
                              "back what they have",
                              path_, offset, next));
  end_ = offset;
}

bool Wal::durable_frame_beyond(std::uint64_t offset, Lc missing) {
  std::string rest(allocated_ > offset ? allocated_ - offset : 0, '\0');
  rest.resize(file_->read_at(offset, rest.data(), rest.size()));
  std::string buffer;
  for (std::size_t at = 8; at + kFrameHeaderBytes <= rest.size(); at += 8) {
    if (load_le<std::uint32_t>(rest.data() + at) != kFrameMagic) continue;
    const auto info = frame_at(buffer, offset + at);
    if (info && info->durable >= missing) return true;
  }
  return false;
}

// The header stays: generations are numbered on from it.
void Wal::reset(std::uint64_t keep_bytes) {
  end_ = 0;
  header_written_ = false;
  const std::uint64_t keep = std::max<std::uint64_t>(keep_bytes, kWalHeaderBytes);
  if (!file_ || allocated_ <= keep) return;
  file_->truncate(keep);
  allocated_ = keep;
}

void Wal::begin(const WalGeneration& generation) {
  generation_ = generation;
  end_ = kWalHeaderBytes;
  header_written_ = false;
}

void Wal::grow_to(std::uint64_t bytes) {
  if (bytes <= allocated_) return;
  // Doubling within bounds: a root that sleeps after a few events stays small.
  const std::uint64_t spare = std::min(std::max(allocated_, kFirstAllocation), most_spare_);
  const std::string zeros(bytes + spare - allocated_, '\0');
  file_->write_at(allocated_, zeros);
  allocated_ += zeros.size();
  dirty_ = true;
}

void Wal::append(BytesView frame) {
  LATERBASE_INVARIANT(generation_.has_value(), "a frame without a generation");
  ensure_open();
  grow_to(end_ + frame.size());
  if (!header_written_) write_header();
  header_written_ = true;
  dirty_ = true;
  file_->write_at(end_, frame);
  end_ += frame.size();
}

void Wal::sync() {
  if (!dirty_) return;
  file_->sync();
  dirty_ = false;
}

void Wal::sync_replayed() {
  if (file_ && end_ > kWalHeaderBytes) file_->sync();
}

void Wal::mark_relaxed() {
  if (generation_->relaxed) return;
  generation_->relaxed = true;
  try {
    ensure_open();
    grow_to(kWalHeaderBytes);
    write_header();
    header_written_ = true;
    sync();
  } catch (...) {
    generation_->relaxed = false;  // not durably: the next relaxed frame must say so again
    throw;
  }
}

// Nothing of it is needed any more, also where the file can't be removed.
void Wal::remove() {
  file_.reset();
  generation_.reset();
  end_ = 0;
  allocated_ = 0;
  header_written_ = false;
  dirty_ = false;
  disk_.remove(path_);
}

}  // namespace laterbase
