#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "engine/table/xxh64.h"

// A space file, byte by byte: one table, kept so that another process can map and read it while its owner writes.
// All numbers are little-endian. This header and those it includes need nothing but the standard library.
//
// Slots. The file is a row of slots of one page each (16,384 bytes unless page 0 says otherwise). Every page has two
// slots, its twins: 64 pages' first slots stand together, then their second slots, then the next 64 pages' first ones.
// A page is always written to the slot that does not hold what the last generation holds of it.
//
// Generations. One commit makes one generation: it writes the pages that changed, makes them durable, then writes page
// 0 with the new generation's number and makes that durable. The newest page 0 whose checksum is right names the last
// complete generation G; every page is read from that of its slots which has the greatest generation up to G, of those
// whose checksum is right. A crash leaves slots of later generations, which nobody reads; the next owner counts on from
// the greatest it finds.
//
// A page
//       0  u32  page number
//       4  u32  previous page of its kind; 0: none
//       8  u32  next page of its kind; 0: none. Page 0: the first data page
//      12  u16  type: 1 space (page 0), 2 rows, 3 index by hash, 4 index by number
//      14  u32  space id
//      18       the body, by type
//   P-32   u64  first slot of page 0 only: the oldest generation whose pages are all still in place, and
//   P-24   u64  the same with all bits flipped; 0 in all other slots. Not under the checksum
//   P-16   u64  generation in which this slot was written
//   P-8    u64  checksum: XXH64 of bytes 0 to P-33, plus the generation times 0x9e3779b185ebca87
//
// Page 0's body
//      18  u32  space id
//      22  u32  highest used page
//      26  u32  highest allocated page (what the file has room for)
//      30  u32  page bytes
//      34  u16  version of this format: 2
//      36  u64  rows
//      44  u32  first index page; 0: there is no index
//      48  u32  index pages, one after the other from there
//      52  u64  sum of the checksums of all pages of this generation but page 0: no page is an older one
//      60  u32  bytes of the schema, which follow (space_schema.h)
//
// A page of rows
//      18  u16  rows, each: u16 length, then the packed row (space_schema.h); one after the other from byte 20
//
// An index page by hash: a part of one hash table from primary key to row
//      18  u16  entries
//      20       12 bytes 0
//      32       slots of 16 bytes: u64 hash, u32 page (0: empty), u16 offset of the row's first byte, u16 length.
// The hash is the XXH64 of the key's columns, each as packed in the row, text and bytes behind a u16 of their length.
// With n index pages of m slots each a hash h is in page floor(high 32 bits of h × n / 2^32), from slot floor(low 32
// bits of h × m / 2^32) on, in the first free slot; after the last slot comes the page's first one. Page 0's index
// pages are never full.
//
// An index page by number: a part of one array, where the key is one u64 column, below 2^32, and rows are not far apart
//      18  u16  entries
//      20  u64  the number of the first slot
//      28       4 bytes 0
//      32       slots of 8 bytes: u32 page (0: no row has this number), u16 offset of the row's first byte, u16 length.
// With m = (P - 64) / 8 slots a page and n index pages, number k is in index page floor(k / m) mod n, in slot k mod m:
// if that page's first number is k - k mod m, for else the table has no row near k.
//
// Reading along. While the owner makes generation G + 1, the slots that G needs stay as they are. Before its first
// write it says at byte P-32 of page 0 that G is now the oldest that is whole. So a reader takes the newest generation
// R, reads, and then looks whether byte P-32 still says at most R: if so, what it read is generation R, else it reads
// again. No lock, no system call, nothing written by the reader.
namespace laterbase::worktable {

namespace space {

constexpr std::uint32_t default_page_bytes = 16384;
constexpr std::uint32_t twin_group = 64;
constexpr std::uint16_t version = 2;
constexpr std::uint32_t tail_bytes = 32;

enum class PageType : std::uint16_t { unused = 0, space = 1, rows = 2, index = 3, numbers = 4 };

// Offsets in every page.
constexpr std::uint32_t number_at = 0, previous_at = 4, next_at = 8, type_at = 12, space_id_at = 14, body_at = 18;
// In page 0.
constexpr std::uint32_t own_id_at = 18, highest_used_at = 22, highest_allocated_at = 26, page_bytes_at = 30,
                        version_at = 34, row_count_at = 36, index_first_at = 44, index_pages_at = 48, sum_at = 52,
                        schema_length_at = 60, schema_at = 64;
// In a page of rows, and of the index.
constexpr std::uint32_t count_at = 18, rows_at = 20, first_number_at = 20, slots_at = 32, slot_bytes = 16,
                        number_bytes = 8;

inline std::uint64_t slot_offset(std::uint32_t page, unsigned twin, std::uint32_t page_bytes) noexcept {
  const std::uint64_t slot = (std::uint64_t{page / twin_group} * 2 + twin) * twin_group + page % twin_group;
  return slot * page_bytes;
}

template <typename Integer>
inline Integer get(const char* page, std::uint32_t offset) noexcept {
  Integer value;
  std::memcpy(&value, page + offset, sizeof value);
  return value;
}

template <typename Integer>
inline void put(char* page, std::uint32_t offset, Integer value) noexcept {
  std::memcpy(page + offset, &value, sizeof value);
}

inline std::uint64_t generation_of(const char* page, std::uint32_t page_bytes) noexcept {
  return get<std::uint64_t>(page, page_bytes - 16);
}

inline std::uint64_t body_hash(const char* page, std::uint32_t page_bytes) noexcept {
  return xxh64(page, page_bytes - tail_bytes);
}

inline std::uint64_t checksum(std::uint64_t body, std::uint64_t generation) noexcept {
  return body + generation * 0x9e3779b185ebca87ULL;
}

inline void seal(char* page, std::uint32_t page_bytes, std::uint64_t body, std::uint64_t generation) noexcept {
  put(page, page_bytes - 16, generation);
  put(page, page_bytes - 8, checksum(body, generation));
}

// Whether the slot is what somebody wrote there. All zeros are not.
inline bool is_whole(const char* page, std::uint32_t page_bytes) noexcept {
  const auto generation = generation_of(page, page_bytes);
  return generation != 0 &&
         get<std::uint64_t>(page, page_bytes - 8) == checksum(body_hash(page, page_bytes), generation);
}

constexpr bool is_page_size(std::uint32_t bytes) noexcept {
  return bytes >= 4096 && bytes <= 65536 && (bytes & (bytes - 1)) == 0;
}

// Entries of the index.
struct IndexEntry {
  std::uint64_t hash;
  std::uint32_t page;
  std::uint16_t offset;
  std::uint16_t length;
};
static_assert(sizeof(IndexEntry) == slot_bytes);

struct NumberEntry {
  std::uint32_t page;
  std::uint16_t offset;
  std::uint16_t length;
};
static_assert(sizeof(NumberEntry) == number_bytes);
constexpr std::uint64_t greatest_number = 0xffffffff;

constexpr std::uint32_t numbers_in(std::uint32_t page_bytes) noexcept {
  return (page_bytes - slots_at - tail_bytes) / number_bytes;
}
constexpr std::uint32_t slots_in(std::uint32_t page_bytes) noexcept {
  return (page_bytes - slots_at - tail_bytes) / slot_bytes;
}
inline std::uint32_t index_page_of(std::uint64_t hash, std::uint32_t pages) noexcept {
  return static_cast<std::uint32_t>((hash >> 32) * pages >> 32);
}
inline std::uint32_t first_slot_of(std::uint64_t hash, std::uint32_t slots) noexcept {
  return static_cast<std::uint32_t>((hash & 0xffffffff) * slots >> 32);
}
inline IndexEntry entry_at(const char* page, std::uint32_t slot) noexcept {
  return get<IndexEntry>(page, slots_at + slot * slot_bytes);
}

}  // namespace space
}  // namespace laterbase::worktable
