#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

// W7's question as somebody would write it who needs this answer and no other.
namespace laterbase::bench {

// A row of the tracker's tables comes (+1) or goes (-1).
struct BoardRow {
  enum class Table { person, issue, comment, label, vote } table;
  int weight = +1;
  std::int64_t id = 0, issue = 0, created = 0, author = 0;
  bool open = true;
  std::string text;  // name, title or body
};

class BoardByHand {
 public:
  // Whether the answer is another now.
  bool apply(const BoardRow& row);
  nlohmann::json answer() const;

 private:
  struct Comment {
    std::int64_t created = 0, id = 0, author = 0;
    std::string body;
    bool operator<(const Comment& other) const {
      return std::pair(created, other.id) < std::pair(other.created, id);  // the lesser id first, backwards
    }
  };
  struct Issue {
    std::string title;
    std::int64_t created = 0, author = 0, votes = 0;
    bool there = false, open = false;
    std::vector<Comment> comments;                             // ascending: the last ones are shown
    std::vector<std::pair<std::int64_t, std::string>> labels;  // by id
  };
  using Place = std::pair<std::int64_t, std::int64_t>;  // newest first: created and id, both negated

  bool is_shown(std::int64_t issue) const;
  bool apply_issue(Issue& issue, const BoardRow& row);
  bool apply_comment(Issue& issue, const BoardRow& row);
  bool apply_label(Issue& issue, const BoardRow& row);
  bool move(const Place& place, bool in);
  nlohmann::json name_of(std::int64_t person) const;

  boost::unordered_flat_map<std::int64_t, std::string> people_;
  boost::unordered_flat_map<std::int64_t, Issue> issues_;
  std::set<Place> open_;
  std::vector<std::int64_t> shown_;  // the first 20 of them
};

}  // namespace laterbase::bench
