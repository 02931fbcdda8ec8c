#pragma once

#include <cstdint>
#include <string>

// W7: an issue tracker as a tree: the 20 newest open issues with their last 10 comments, authors, labels and votes.
namespace laterbase::bench {

struct TreeFigures {
  double single_us = 0;        // the median: one change and its step, with what the levels' changes are
  double single_shown_us = 0;  // … of changes that are seen in the answer
  double by_hand_us = 0, by_hand_shown_us = 0;                  // the same by a program for just this query
  double batch_rows_per_us = 0, by_hand_batch_rows_per_us = 0;  // of 1,000 changes at once
  double patch_us = 0;                                          // what the JSON Patch of such a change costs on top
  double whole_us = 0;                                          // the whole answer as JSON
  std::uint64_t patches = 0, changes = 0;
  double build_rows_per_us = 0, bytes_a_row = 0;
};

// `rows` comments on a tenth as many issues. Throws where replaying the patches, or the program by hand, doesn't give
// the answer.
TreeFigures measure_tree(std::uint64_t rows);
// Lines for people.
std::string told(const TreeFigures& figures, std::uint64_t rows);

}  // namespace laterbase::bench
