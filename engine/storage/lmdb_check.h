#pragma once

#include <cstdint>
#include <string>

#include "engine/base/error.h"
#include "engine/storage/disk.h"

// LMDB has no checksums and believes its pages: a damaged one can crash the process or end in wrong data. This reads
// the file page by page, without LMDB and without a map, and can't crash whatever the bytes are.
namespace laterbase {

// What the newer of the two meta pages says.
struct LmdbMeta {
  std::uint64_t page_bytes = 0;
  std::uint64_t last_page = 0;
  std::uint64_t transaction = 0;
  std::uint64_t bytes() const noexcept { return (last_page + 1) * page_bytes; }
};

// The meta pages alone: magic, version, page size, that both belong together. Cost: two reads.
Result<LmdbMeta> read_lmdb_meta(File& data);

// Every page of every tree: number, kind, bounds and order of its nodes, overflow pages, depth, the counts that the
// meta page keeps, free pages that are in use, pages used twice, and the end of the file. An error names the page. What
// it can't see is damage within a value, and a key that is still in order. Cost: one read a page, a bit of memory a
// page.
Result<void> check_lmdb_pages(File& data);

// Whether the file is one whose making was cut short before its first transaction: nothing can be lost with it.
bool is_unfinished_lmdb_file(File& data);

// check_lmdb_pages for the environment in `directory`; Error{unavailable} where somebody has it open. Where all is
// well, the next opening needn't check it for an unclean end. Errors: Failure{io} where it can't be read.
Result<void> verify_lmdb_file(const std::string& directory);

}  // namespace laterbase
