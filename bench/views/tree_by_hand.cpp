#include "bench/views/tree_by_hand.h"

#include <algorithm>

namespace laterbase::bench {
namespace {

constexpr std::size_t most_issues = 20, most_comments = 10;

}  // namespace

bool BoardByHand::is_shown(std::int64_t issue) const {
  return std::find(shown_.begin(), shown_.end(), issue) != shown_.end();
}

bool BoardByHand::apply(const BoardRow& row) {
  if (row.table == BoardRow::Table::person) {
    people_[row.id] = row.text;
    return true;  // they come at the beginning only
  }
  Issue& issue = issues_[row.table == BoardRow::Table::issue ? row.id : row.issue];
  switch (row.table) {
    case BoardRow::Table::issue:
      return apply_issue(issue, row);
    case BoardRow::Table::comment:
      return apply_comment(issue, row);
    case BoardRow::Table::label:
      return apply_label(issue, row);
    default:
      issue.votes += row.weight;
      return is_shown(row.issue);
  }
}

// Into the order of open issues, or out of it. Only near its begin does that show.
bool BoardByHand::move(const Place& place, bool in) {
  if (in)
    open_.insert(place);
  else
    open_.erase(place);
  const bool is_near = shown_.size() < most_issues || is_shown(-place.second) ||
                       place < Place{-issues_[shown_.back()].created, -shown_.back()};
  if (!is_near) return false;
  shown_.clear();
  for (auto at = open_.begin(); at != open_.end() && shown_.size() < most_issues; ++at) shown_.push_back(-at->second);
  return true;
}

bool BoardByHand::apply_issue(Issue& issue, const BoardRow& row) {
  const Place place{-row.created, -row.id};
  if (row.weight < 0) {
    issue.there = false;
    return issue.open && move(place, false);
  }
  issue.there = true;
  issue.title = row.text;
  issue.created = row.created;
  issue.author = row.author;
  issue.open = row.open;
  return issue.open && move(place, true);
}

bool BoardByHand::apply_comment(Issue& issue, const BoardRow& row) {
  Comment comment{row.created, row.id, row.author, row.text};
  const auto at = std::lower_bound(issue.comments.begin(), issue.comments.end(), comment);
  const bool is_late = static_cast<std::size_t>(issue.comments.end() - at) <= most_comments;
  if (row.weight > 0)
    issue.comments.insert(at, std::move(comment));
  else
    issue.comments.erase(at);
  return is_late && is_shown(row.issue);
}

bool BoardByHand::apply_label(Issue& issue, const BoardRow& row) {
  std::pair label{row.id, row.text};
  const auto at = std::lower_bound(issue.labels.begin(), issue.labels.end(), label);
  if (row.weight > 0)
    issue.labels.insert(at, std::move(label));
  else
    issue.labels.erase(at);
  return is_shown(row.issue);
}

nlohmann::json BoardByHand::name_of(std::int64_t person) const {
  const auto found = people_.find(person);
  return found == people_.end() ? nlohmann::json() : nlohmann::json{{"name", found->second}};
}

nlohmann::json BoardByHand::answer() const {
  nlohmann::json all = nlohmann::json::array();
  for (const std::int64_t id : shown_) {
    const Issue& issue = issues_.at(id);
    nlohmann::json comments = nlohmann::json::array(), labels = nlohmann::json::array();
    for (auto at = issue.comments.rbegin(); at != issue.comments.rend() && comments.size() < most_comments; ++at)
      comments.push_back({{"body", at->body}, {"author", name_of(at->author)}});
    for (const auto& [label, name] : issue.labels) labels.push_back({{"name", name}});
    all.push_back({{"id", id},
                   {"title", issue.title},
                   {"author", name_of(issue.author)},
                   {"comments", std::move(comments)},
                   {"labels", std::move(labels)},
                   {"votes", issue.votes}});
  }
  return all;
}

}  // namespace laterbase::bench
