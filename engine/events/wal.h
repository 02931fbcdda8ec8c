#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/events/event.h"
#include "engine/storage/disk.h"

// The write-ahead file: the log's last moments, durable by one fdatasync into a file that was written before, until the
// tree has them. Two files take turns; each use of one is a generation.
//
//   file    header, the same header again, frames, whatever an earlier generation left
//   header  512 bytes: magic u64, version u32, flags u32 (1: relaxed frames), generation u64, salt u64, first u64, boot
//   u64,
//           epoch 16, check u64
//   frame   magic u32, count u32, bytes u64 (of the whole frame), first position u64, durable u64, check u64,
//           then per entry its size u32 and its bytes; padded with zeros to 8
//
// `salt` is random and seeds the frames' checks, so that nothing of an earlier generation is taken for this one's.
// `durable` is the position up to which everything was synced when the frame was written: a hole below it is damage, a
// hole above it is a write that the crash cut off.
// Threads: one at a time. Errors: Failure of the disk.
namespace laterbase {

constexpr std::size_t kWalHeaderBytes = 1024;  // two copies, each an atom of the disk
constexpr std::size_t kFrameHeaderBytes = 40;
constexpr std::size_t kFrameEntryOverhead = 4;  // the size before each entry

inline std::size_t padded_frame_bytes(std::size_t bytes) noexcept { return (bytes + 7) & ~std::size_t{7}; }

struct WalGeneration {
  std::uint64_t generation = 0;
  std::uint64_t salt = 0;
  Lc first = 0;            // the position of its first entry
  std::uint64_t boot = 0;  // which run of the machine wrote it
  Ulid epoch;
  bool relaxed = false;  // some of its frames may have been answered before they were durable
};

struct FrameInfo {
  std::uint32_t count = 0;
  Lc first = 0;
  Lc durable = 0;
};

// Fills in a frame's header; `frame` holds `bytes` bytes, padded, its entries already in place.
void seal_frame(char* frame, std::size_t bytes, const FrameInfo& info, std::uint64_t salt) noexcept;

class Wal {
 public:
  // The file grows by at most `most_spare` bytes more than are needed.
  Wal(Disk& disk, std::string path, std::uint64_t most_spare);

  // The generation that the file holds, if its header is whole; a missing file has none.
  const std::optional<WalGeneration>& generation() const noexcept { return generation_; }

  // Calls `frame` for each whole frame from the start, with its bytes; ends at the first that is not whole, or that
  // begins at position `end` or later. Throws Failure{damaged} where `frame` says false to one, or a later whole frame
  // proves that what is missing was durable; positions up to `in_tree` are not missed.
  using OnFrame = std::function<bool(const FrameInfo& info, BytesView frame)>;
  void replay(Lc in_tree, Lc end, const OnFrame& frame);

  // Nothing in the file is wanted any more. A file that one large batch has stretched is cut back to `keep_bytes`.
  void reset(std::uint64_t keep_bytes);
  // Begins a new generation over the old one. Nothing is written before the first append().
  void begin(const WalGeneration& generation);
  // Writes the frame behind the last one. After a Failure the same place is written next; until then the frame may be
  // there.
  void append(BytesView frame);
  // Makes every append durable.
  void sync();
  // Makes durable what replay() gave; its process may have died before it was.
  void sync_replayed();
  // Says in the header, durably, that relaxed frames may follow.
  void mark_relaxed();
  // Takes the file away; durable once the caller syncs the directory.
  void remove();

  bool dirty() const noexcept { return dirty_; }
  std::uint64_t bytes() const noexcept { return end_; }  // used by this generation; 0 before begin()
  const std::string& path() const noexcept { return path_; }

 private:
  void ensure_open();
  std::optional<WalGeneration> header_copy(std::uint64_t offset);
  std::optional<FrameInfo> frame_at(std::string& buffer, std::uint64_t offset);
  bool durable_frame_beyond(std::uint64_t offset, Lc missing);
  void write_header();
  void grow_to(std::uint64_t bytes);

  Disk& disk_;
  std::string path_;
  std::uint64_t most_spare_;
  std::unique_ptr<File> file_;
  std::optional<WalGeneration> generation_;
  std::uint64_t end_ = 0;        // where the next frame goes
  std::uint64_t allocated_ = 0;  // written before, so that a sync has no metadata to write
  bool header_written_ = false;
  bool dirty_ = false;
};

// Walks the entries of a frame: calls `entry` with each one's position and bytes. False where a size does not fit.
bool for_each_entry(const FrameInfo& info, BytesView frame, const std::function<bool(Lc lc, BytesView entry)>& entry);

}  // namespace laterbase
