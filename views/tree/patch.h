#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/ivm/batch.h"
#include "views/tree/answer.h"
#include "views/tree/ranks.h"

// What one step changed, as a JSON Patch (RFC 6902) of the answer before it: applied in its order it gives the answer
// after it. Made of the levels' changes, from the root down: when a level's turn comes, all above it stands as it will
// be, so the places in paths are those of the rows as they are now. What comes new is sent with all below it, and the
// changes of what is below it are then no news.
//
// In one list: first what goes, from its end; then what moves (a row that keeps its name and changes its place); then
// what comes, from its begin; then what changed inside of rows.
//
// Threads, Lifetime: between the step and the next one. Cost: of the changes, of what is sent, and of looking up where
// rows stand.
namespace laterbase::tree {

inline constexpr std::size_t longest_patch_bytes = std::size_t{4} << 20;

class Patch {
 public:
  // One batch for each level: consolidated; `places` has taken them in.
  Patch(const Answer& answer, const Places& places, std::vector<const ivm::Batch*> changes);

  // "[{…},…]"; empty where the answer is the same; nothing where a patch would be longer than it may be.
  std::optional<std::string> text();

 private:
  using Rows = std::vector<ivm::RowView>;
  // Of a row that is there now: what of it has been sent anew.
  struct Fresh {
    std::int64_t copies = 0;
    std::set<std::size_t> levels;  // below it
  };
  struct Hash {
    std::size_t operator()(const ivm::RowView& row) const noexcept { return row.hash(); }
  };
  // A row that keeps its name.
  struct Pair {
    ivm::RowView before, after;
  };
  // One list's changes. In the list's order.
  struct Changes {
    Rows gone, come;
    std::vector<Pair> moved, stayed;
  };
  struct TooLong {};

  const Level& level_of(std::size_t level) const { return answer_.query().levels[level]; }

  void level(std::size_t level);
  void list(std::size_t level, Rows before, Rows after);
  Changes sorted_out(std::size_t level, const Rows& before, const Rows& after) const;
  void value(std::size_t level, const std::vector<std::string>& places, const Rows& after);
  void one(std::size_t level, const std::vector<std::string>& places, const Changes& changes);
  void rearrange(std::size_t level, const std::vector<std::string>& places, const Changes& changes);
  void many(std::size_t level, const std::vector<std::string>& places, const Changes& changes);
  void fields(std::size_t level, const std::string& place, const Pair& pair);
  void note(std::size_t level, const Changes& changes);
  std::set<std::size_t> levels_anew(std::size_t level, const Pair& pair) const;

  // Paths of the lists that have this key, as they are now.
  std::vector<std::string> places_of(std::size_t level, const std::vector<ivm::Value>& key);
  // How many rows of its list come before, or with `inclusive` up to, this one.
  std::uint64_t rank(std::size_t level, ivm::RowView row, bool inclusive) const;

  void say(std::string_view op, const std::string& path, const std::string& rest);

  const Answer& answer_;
  const Places& places_;
  std::vector<const ivm::Batch*> changes_;
  std::vector<boost::unordered_flat_map<ivm::RowView, Fresh, Hash>> fresh_;  // of each level
  std::string out_;
};

}  // namespace laterbase::tree
