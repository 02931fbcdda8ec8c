#include <utility>

#include "views/sql/aggregates.h"
#include "views/sql/bind_call.h"
#include "views/sql/bind_frame.h"
#include "views/sql/error.h"

// name(args…) OVER (…), and WINDOW.
namespace laterbase::sql {

namespace {

// OVER (w …) adds to what w says, and changes nothing of it.
void check_copied(const Json& over, const Json& window, const std::string& name) {
  constexpr unsigned not_default = 1;  // PostgreSQL's FRAMEOPTION_NONDEFAULT
  const auto refuse = [&](const std::string& what, const char* hint) {
    throw SqlException("42P20", "cannot " + what, location_of(over), hint);
  };
  for (const auto& [member_name, clause] :
       {std::pair{"partitionClause", "PARTITION BY"}, {"orderClause", "ORDER BY"}}) {
    const bool partition = std::string_view(member_name) == "partitionClause";
    const bool there = partition || !list_member(window, member_name).empty();
    if (there && !list_member(over, member_name).empty()) {
      refuse(std::string("override ") + clause + " clause of window \"" + name + "\"", "");
    }
  }
  if ((static_cast<unsigned>(number_member(window, "frameOptions")) & not_default) != 0) {
    refuse("copy window \"" + name + "\" because it has a frame clause", "Omit the parentheses in this OVER clause.");
  }
}

}  // namespace

void ExpressionBinder::bind_window_definition(const Json& over, WindowUse& use, ivm::Frame& frame) {
  const int offset = location_of(over);
  for (const std::string& reference : {text_member(over, "name"), text_member(over, "refname")}) {
    if (reference.empty()) continue;
    const Json* found = nullptr;
    for (const Json& named : collected_->named_windows) {
      if (text_member(node_body(named), "name") == reference) found = &node_body(named);
    }
    if (found == nullptr) throw SqlException("42704", "window \"" + reference + "\" does not exist", offset);
    if (reference == text_member(over, "refname")) check_copied(over, *found, reference);
    Json copy = *found;
    copy.erase("name");
    bind_window_definition(copy, use, frame);
  }
  ExpressionBinder inner(context_, level_, common_tables_, "window definitions", collected_, false);
  for (const Json& node : list_member(over, "partitionClause")) use.partition.push_back(known(inner.bind(node)));
  for (const Json& sort : list_member(over, "orderClause")) {
    use.order.push_back(inner.bind_sort_key(node_body(sort), inner.bind(member(node_body(sort), "node"))));
  }
  if (text_member(over, "name").empty()) bind_frame(over, use, frame);
}

void ExpressionBinder::check_window(const Json& definition) {
  WindowUse use;
  Json copy = definition;
  copy.erase("name");
  bind_window_definition(copy, use, use.call.frame);
}

ExprPtr ExpressionBinder::bind_window(const std::string& name, const Json& body) {
  const int offset = location_of(body);
  if (collected_ == nullptr || !windows_) {
    throw SqlException("42P20", "window functions are not allowed in " + clause_, offset);
  }
  ExpressionBinder inner(context_, level_, common_tables_, "window functions", collected_, false);
  WindowUse use;
  if (is_window_function(name)) {
    std::vector<ExprPtr> args;
    for (const Json& arg : args_of(body)) args.push_back(inner.bind(arg));
    use.call = resolve_window_function(name, std::move(args), offset);
    if (!member(body, "agg_filter").is_null()) {
      not_supported("FILTER of a window function that is no aggregate", offset, "Use CASE in its argument.");
    }
  } else if (is_aggregate(name)) {
    if (flag_member(body, "agg_within_group")) {
      throw SqlException("0A000", "OVER is not supported for ordered-set aggregate " + name, offset);
    }
    AggregateCall call = aggregate_call(name, body, inner);
    if (call.distinct) not_supported("DISTINCT in a window function", offset, "Remove duplicates in a sub-query.");
    if (!call.order.empty()) {
      not_supported("ORDER BY inside of a window function", offset, "Put it into OVER (…).");
    }
    use.call = {ivm::WindowFunction::aggregate, call.function, call.args, call.filter, {}, call.type};
  } else {
    throw SqlException("42809", "OVER specified, but " + name + " is not a window function nor an aggregate function",
                       offset);
  }
  bind_window_definition(member(body, "over"), use, use.call.frame);
  add_frame_limits(use, location_of(member(body, "over")));
  Expr made{ExprKind::window, use.call.type};
  made.index = collected_->windows.size();
  made.offset = offset;
  collected_->windows.push_back(std::move(use));
  return listed_result(name, std::make_shared<const Expr>(std::move(made)), {});
}

}  // namespace laterbase::sql
