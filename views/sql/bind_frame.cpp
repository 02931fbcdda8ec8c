#include "views/sql/bind_frame.h"

#include <cmath>

#include "engine/ivm/decimal.h"
#include "views/sql/compile.h"
#include "views/sql/error.h"

// ROWS, RANGE and GROUPS BETWEEN … AND … EXCLUDE ….
namespace laterbase::sql {

using ivm::FrameBound;
using ivm::FrameMode;
using ivm::TypeKind;

namespace {

// PostgreSQL's FRAMEOPTION_…
enum FrameBit : unsigned {
  range = 0x2,
  rows = 0x4,
  groups = 0x8,
  start_unbounded_preceding = 0x20,
  end_unbounded_following = 0x100,
  start_current_row = 0x200,
  end_current_row = 0x400,
  start_offset_preceding = 0x800,
  end_offset_preceding = 0x1000,
  start_offset_following = 0x2000,
  end_offset_following = 0x4000,
  exclude_current_row = 0x8000,
  exclude_group = 0x10000,
  exclude_ties = 0x20000,
};

FrameBound bound_of(unsigned options, FrameBit unbounded, FrameBit preceding, FrameBit current, FrameBit following,
                    FrameBound unbounded_bound) {
  if ((options & unbounded) != 0) return unbounded_bound;
  if ((options & preceding) != 0) return FrameBound::preceding;
  if ((options & following) != 0) return FrameBound::following;
  return (options & current) != 0 ? FrameBound::current_row : unbounded_bound;
}

ivm::FrameExclusion exclusion_of(unsigned options) {
  if ((options & exclude_current_row) != 0) return ivm::FrameExclusion::current_row;
  if ((options & exclude_group) != 0) return ivm::FrameExclusion::group;
  return (options & exclude_ties) != 0 ? ivm::FrameExclusion::ties : ivm::FrameExclusion::nothing;
}

void check_constant(const ExprPtr& count, const char* which, const char* mode) {
  if (!columns_of(count).empty()) {
    throw SqlException("42P10", "argument of " + std::string(mode) + " must not contain variables", count->offset,
                       "Write a number, an interval or $1.");
  }
  if (!is_constant(count)) {
    not_supported("a frame's bound that is not a constant", count->offset, "Write a number, an interval or $1.");
  }
  if (!count->value.is_null()) return;
  throw SqlException("22004", std::string("frame ") + which + " offset must not be null", count->offset);
}

std::int64_t count_of(const ExprPtr& given, const char* which, const char* mode) {
  const ExprPtr count = folded(coerce(given, {TypeKind::bigint}, CastContext::implicit, given->offset));
  check_constant(count, which, mode);
  if (count->value.as_int() >= 0) return count->value.as_int();
  throw SqlException("22013", std::string("frame ") + which + " offset must not be negative", given->offset);
}

// What a distance is of, between values of a type; unknown where there is none.
TypeKind distance_kind(TypeKind kind) {
  switch (kind) {
    case TypeKind::integer:
    case TypeKind::bigint:
      return TypeKind::bigint;
    case TypeKind::real8:
    case TypeKind::numeric:
      return kind;
    case TypeKind::date:
    case TypeKind::timestamp:
    case TypeKind::timestamptz:
    case TypeKind::interval:
      return TypeKind::interval;
    default:
      return TypeKind::unknown;
  }
}

bool is_no_distance(const ExprPtr& distance) {
  const ExprPtr zero = folded(coerce(constant({TypeKind::unknown}, ivm::Value::of_text("0")), distance->type,
                                     CastContext::implicit, distance->offset));
  if (ivm::compare(distance->value, zero->value) < 0) return true;
  if (distance->type.kind == TypeKind::real8) return std::isnan(distance->value.as_double());
  return distance->type.kind == TypeKind::numeric && distance->value.as_decimal().is_nan();
}

ExprPtr distance_of(const ExprPtr& given, const char* which, ivm::Type of) {
  const ivm::Type type{distance_kind(of.kind)};
  const ExprPtr cast = try_coerce(given, type, CastContext::implicit, given->offset);
  if (cast == nullptr) {
    throw SqlException("0A000",
                       "RANGE with offset PRECEDING/FOLLOWING is not supported for column type " + ivm::name_of(of) +
                           " and offset type " + ivm::name_of(given->type),
                       given->offset, "Cast the offset value to an appropriate type.");
  }
  const ExprPtr distance = folded(cast);
  check_constant(distance, which, "RANGE");
  if (is_no_distance(distance)) {
    throw SqlException("22013", "invalid preceding or following size in window function", given->offset);
  }
  if (type.kind == TypeKind::real8 && std::isinf(distance->value.as_double())) {
    not_supported("an infinite offset", given->offset, "Write UNBOUNDED.");
  }
  return distance;
}

// In a type in which a distance may be added without an end.
ExprPtr measured(const ExprPtr& value) {
  const TypeKind kind = value->type.kind;
  const bool whole = kind == TypeKind::integer || kind == TypeKind::bigint;
  if (!whole && kind != TypeKind::date) return value;
  const ivm::Type wide{whole ? TypeKind::numeric : TypeKind::timestamp};
  return coerce(value, wide, CastContext::implicit, value->offset);
}

ExprPtr limit_of(const ExprPtr& value, const ExprPtr& distance, bool further) {
  if (distance == nullptr) return value;
  return resolve_operator(further ? "+" : "-", value, distance, distance->offset);
}

}  // namespace

void ExpressionBinder::bind_frame(const Json& over, WindowUse& use, ivm::Frame& frame) {
  const auto options = static_cast<unsigned>(number_member(over, "frameOptions"));
  if (options == 0) return;
  frame.mode = (options & rows) != 0 ? FrameMode::rows : (options & groups) != 0 ? FrameMode::groups : FrameMode::range;
  frame.start = bound_of(options, start_unbounded_preceding, start_offset_preceding, start_current_row,
                         start_offset_following, FrameBound::unbounded_preceding);
  frame.end = bound_of(options, end_unbounded_following, end_offset_preceding, end_current_row, end_offset_following,
                       FrameBound::unbounded_following);
  frame.exclusion = exclusion_of(options);
  if (frame.mode == FrameMode::groups && use.order.empty()) {
    throw SqlException("42P20", "GROUPS mode requires an ORDER BY clause", location_of(over));
  }
  const Json& start = member(over, "startOffset");
  const Json& end = member(over, "endOffset");
  if (frame.mode == FrameMode::range) {
    if (!start.is_null()) use.start_distance = bind(start);
    if (!end.is_null()) use.end_distance = bind(end);
    return;
  }
  const char* mode = frame.mode == FrameMode::rows ? "ROWS" : "GROUPS";
  if (!start.is_null()) frame.start_offset = count_of(bind(start), "starting", mode);
  if (!end.is_null()) frame.end_offset = count_of(bind(end), "ending", mode);
}

void add_frame_limits(WindowUse& use, int offset) {
  if (use.start_distance == nullptr && use.end_distance == nullptr) return;
  if (use.order.size() != 1) {
    throw SqlException("42P20", "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column", offset);
  }
  const SortKey& key = use.order[0];
  if (distance_kind(key.expr->type.kind) == TypeKind::unknown) {
    throw SqlException(
        "0A000",
        "RANGE with offset PRECEDING/FOLLOWING is not supported for column type " + ivm::name_of(key.expr->type),
        key.expr->offset, "Use ROWS or GROUPS.");
  }
  ExprPtr start, end;
  if (use.start_distance) start = distance_of(use.start_distance, "starting", key.expr->type);
  if (use.end_distance) end = distance_of(use.end_distance, "ending", key.expr->type);
  const ExprPtr value = measured(key.expr);
  const ivm::Frame& frame = use.call.frame;
  use.call.args.push_back(value);
  use.call.args.push_back(limit_of(value, start, (frame.start == FrameBound::following) != key.descending));
  use.call.args.push_back(limit_of(value, end, (frame.end == FrameBound::following) != key.descending));
  use.call.has_limits = true;
}

}  // namespace laterbase::sql
