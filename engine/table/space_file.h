#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/storage/disk.h"
#include "engine/table/batch_writer.h"
#include "engine/table/space_format.h"
#include "engine/table/space_lock.h"
#include "engine/table/space_row.h"
#include "engine/table/space_schema.h"

namespace laterbase::worktable {

// What a commit writes: rows, in pages that have numbers of their own. A page whose rows are those of the last commit
// is not written again, so rows had better stay in their pages.
class RowSource {
 public:
  virtual ~RowSource() = default;
  // The greatest page number plus 1. Pages may be empty.
  virtual std::uint32_t page_count() const = 0;
  virtual void each_row(std::uint32_t page, const std::function<void(BytesView row)>& row) const = 0;
};

struct SpaceOptions {
  std::uint32_t page_bytes = space::default_page_bytes;  // for a new file; an old one keeps what it has
  std::uint32_t space_id = 1;                            // likewise
  bool ring = true;  // io_uring where the disk is the machine's and the kernel allows it
};

struct CommitReport {
  std::uint64_t generation = 0;
  std::uint64_t rows = 0;
  std::uint64_t pages = 0;          // of the table, its index and page 0
  std::uint64_t pages_written = 0;  // those that changed
};

// A table's file (space_format.h says what is in it), on the side of its one owner.
// Promises: a commit that returned outlives power loss; a crash at any moment leaves the last complete generation, for
// the next owner and for readers in other processes.
// Threads: one at a time. One owner a file: on the machine's disk a second one is refused.
// Errors: Failure (disk_full, io, damaged). After a failed commit this object refuses with Failure{closed}: open the
// file again.
// Cost: a commit reads every row (about 30 ns each) and writes the pages that changed, with two syncs.
class SpaceFile {
 public:
  // Opens the file, or makes one with no rows. An Error says in words what doesn't fit: another schema, another
  // version, no space file at all; or that it has an owner (conflict).
  static Result<std::unique_ptr<SpaceFile>> open(Disk& disk, const std::string& path, const space::Schema& schema,
                                                 const SpaceOptions& options);
  ~SpaceFile();
  SpaceFile(const SpaceFile&) = delete;
  SpaceFile& operator=(const SpaceFile&) = delete;

  // Gives every row of the last generation. Failure{damaged} where a page is not what was written.
  void load(const std::function<void(BytesView row)>& row);
  CommitReport commit(const RowSource& source);

  std::uint32_t page_bytes() const noexcept { return page_bytes_; }
  std::uint64_t generation() const noexcept { return generation_; }
  std::uint64_t rows() const noexcept { return rows_; }
  const char* writer_name() const noexcept { return writer_->name(); }

 private:
  struct PageState {
    std::uint64_t body = 0;        // hash of what the current slot holds; 0: not known, or the other must be replaced
    std::uint64_t generation = 0;  // in which the current slot was written
    std::uint8_t twin = 1;         // of the current slot
  };
  class Batch;

  SpaceFile(Disk& disk, std::string path, space::Schema schema);
  void create(Disk& disk, const SpaceOptions& options);
  Result<void> read_head();
  Result<void> check_head(const std::string& page) const;
  void read_slots();
  void check_pages();
  void free_pages();
  std::string read_slot(std::uint32_t page, unsigned twin);
  bool choose_slot(std::uint32_t page, std::string& bytes);
  std::string read_page(std::uint32_t page, std::initializer_list<space::PageType> types);
  template <typename EachRow>
  void each_row_of(const std::string& page, EachRow&& each) const;

  void say_kept();
  void write_rows(const RowSource& source, Batch& batch);
  void fill(const RowSource& source, std::uint32_t page, std::string& image);
  void enter(const std::string& image, std::uint32_t number);
  void write_index(Batch& batch);
  void move_index(std::uint32_t pages);
  void add_index_page(Batch& batch, space::PageType type, std::uint32_t page, std::string& image);
  std::uint32_t pages_by_number() const;
  void write_by_number(std::uint32_t pages, Batch& batch);
  void size_by_hash();
  bool write_by_hash(Batch& batch);
  void write_head(Batch& batch);
  std::uint32_t take_page();
  std::uint32_t number_for(std::uint32_t source_page);
  void give_up(std::uint32_t source_page);
  PageState& state(std::uint32_t page);

  SpaceLock lock_;
  std::string path_;
  space::Schema schema_;
  space::Layout layout_;
  std::string schema_bytes_;
  std::uint32_t page_bytes_ = 0;
  std::uint32_t space_id_ = 0;
  std::unique_ptr<File> file_;
  std::unique_ptr<BatchWriter> writer_;
  std::uint64_t generation_ = 0;
  std::uint64_t greatest_seen_ = 0;  // generation in any slot, complete or not
  std::uint64_t rows_ = 0;
  std::uint64_t sum_ = 0;  // of the checksums of the pages
  std::uint32_t highest_used_ = 0;
  std::uint32_t first_rows_ = 0;
  std::uint32_t index_first_ = 0;
  std::uint32_t index_pages_ = 0;
  std::vector<PageState> states_;
  std::vector<std::uint32_t> free_;            // page numbers, the smallest last
  std::vector<std::uint32_t> page_of_source_;  // 0: none
  std::vector<space::IndexEntry> entries_;
  std::vector<std::uint64_t> numbers_;  // the keys of the entries, where keys are numbers
  bool failed_ = false;
};

}  // namespace laterbase::worktable
