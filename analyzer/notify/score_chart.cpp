#include "analyzer/notify/score_chart.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include <cairo.h>

#include <fmt/format.h>

#include "analyzer/notify/alert_bounds.h"
#include "analyzer/notify/mail_view.h"

namespace da {
namespace {

constexpr double kWidth = 600;
constexpr double kHeight = 200;
constexpr double kScale = 2;  ///< pixels of the PNG for one of the picture: sharp on a phone
constexpr double kLeft = 36;
constexpr double kRight = 12;
constexpr double kTop = 26;
constexpr double kBottom = 24;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kFewestSteps = 24;  ///< of a program that was just met: two minutes
constexpr double kMostScore = 1e6;

struct Colour {
  double red, green, blue, alpha;
};
constexpr Colour kPaper{1, 1, 1, 1};
constexpr Colour kInk{0.20, 0.22, 0.25, 1};
constexpr Colour kFaint{0.20, 0.22, 0.25, 0.15};
constexpr Colour kCalm{0.16, 0.42, 0.68, 1};
constexpr Colour kAlarm{0.69, 0.0, 0.13, 1};

struct Free {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* context) const { cairo_destroy(context); }
};

/// What is where in the picture.
class Scale {
 public:
  explicit Scale(const ScoreChart& chart)
      : end_ns_(chart.history.end_ns),
        step_ns_(chart.history.step_ns),
        steps_(std::max(static_cast<std::int64_t>(chart.history.values.size()), kFewestSteps)) {
    double highest = std::max(chart.score, chart.threshold * 1.3);
    for (const std::int32_t value : chart.history.values)
      highest = std::max(highest, static_cast<double>(value));
    most_ = std::max(highest, 1.0) * 1.08;
  }

  [[nodiscard]] double x(std::int64_t time_ns) const {
    const double share = static_cast<double>(time_ns - begin_ns()) / static_cast<double>(steps_ * step_ns_);
    return kLeft + std::clamp(share, 0.0, 1.0) * (kWidth - kLeft - kRight);
  }
  [[nodiscard]] double y(double score) const {
    return kHeight - kBottom - std::clamp(score / most_, 0.0, 1.0) * (kHeight - kTop - kBottom);
  }
  [[nodiscard]] std::int64_t begin_ns() const { return end_ns_ - steps_ * step_ns_; }
  [[nodiscard]] std::int64_t end_ns() const { return end_ns_; }
  [[nodiscard]] std::int64_t length_ns() const { return steps_ * step_ns_; }
  [[nodiscard]] double most() const { return most_; }

 private:
  std::int64_t end_ns_;
  std::int64_t step_ns_;
  std::int64_t steps_;
  double most_ = 1;
};

void use(cairo_t* context, const Colour& colour) {
  cairo_set_source_rgba(context, colour.red, colour.green, colour.blue, colour.alpha);
}

enum class Align { left, centre, right };

void text(cairo_t* context, double x, double y, const std::string& words, const Colour& colour,
          Align align = Align::left) {
  cairo_text_extents_t extents;
  cairo_text_extents(context, words.c_str(), &extents);
  if (align == Align::right) x -= extents.x_advance;
  if (align == Align::centre) x -= extents.x_advance / 2;
  use(context, colour);
  cairo_move_to(context, std::clamp(x, 2.0, std::max(2.0, kWidth - 2 - extents.x_advance)), y);
  cairo_show_text(context, words.c_str());
}

void line(cairo_t* context, double x1, double y1, double x2, double y2, const Colour& colour, double width) {
  use(context, colour);
  cairo_set_line_width(context, width);
  cairo_move_to(context, x1, y1);
  cairo_line_to(context, x2, y2);
  cairo_stroke(context);
}

/// 1, 2 or 5 times a power of ten, so that there are at most five lines.
double grid_step(double most) {
  double step = 1;
  for (const double factor : {2.0, 2.5, 2.0, 2.0, 2.5, 2.0, 2.0, 2.5, 2.0, 2.0, 2.5, 2.0, 2.0, 2.5, 2.0}) {
    if (most / step <= 5) break;
    step *= factor;
  }
  return step;
}

void draw_axes(cairo_t* context, const Scale& scale) {
  const double step = grid_step(scale.most());
  for (int i = 0; i * step <= scale.most(); ++i) {
    const double score = i * step;
    line(context, kLeft, scale.y(score), kWidth - kRight, scale.y(score), kFaint, 1);
    text(context, kLeft - 6, scale.y(score) + 4, fmt::format("{:.4g}", score), kInk, Align::right);
  }
  const std::int64_t minutes = scale.length_ns() <= 180 * kSecond   ? 1
                               : scale.length_ns() <= 600 * kSecond ? 2
                                                                    : 3;
  const std::int64_t every = minutes * 60 * kSecond;
  for (std::int64_t at = (scale.begin_ns() / every + 1) * every; at < scale.end_ns(); at += every) {
    line(context, scale.x(at), scale.y(0), scale.x(at), scale.y(0) + 4, kInk, 1);
    text(context, scale.x(at), kHeight - 7, utc_time(at).substr(11, 5), kInk, Align::centre);
  }
}

void draw_scores(cairo_t* context, const Scale& scale, const ScoreChart& chart) {
  const ScoreHistory& history = chart.history;
  std::int64_t begin = history.end_ns - static_cast<std::int64_t>(history.values.size()) * history.step_ns;
  cairo_set_antialias(context, CAIRO_ANTIALIAS_NONE);  // steps that touch show no seam
  for (const std::int32_t value : history.values) {
    const std::int64_t end = begin + history.step_ns;
    if (value >= 0) {
      const double x = scale.x(begin);
      const double width = std::max(scale.x(end) - x, 1.0);
      const Colour& colour = value > chart.threshold ? kAlarm : kCalm;
      use(context, {colour.red, colour.green, colour.blue, 0.25});
      cairo_rectangle(context, x, scale.y(value), width, scale.y(0) - scale.y(value));
      cairo_fill(context);
      line(context, x, scale.y(value), x + width, scale.y(value), colour, 2);
    }
    begin = end;
  }
  cairo_set_antialias(context, CAIRO_ANTIALIAS_DEFAULT);
}

void draw_threshold(cairo_t* context, const Scale& scale, double threshold) {
  constexpr double dashes[] = {6, 4};
  cairo_set_dash(context, dashes, 2, 0);
  line(context, kLeft, scale.y(threshold), kWidth - kRight, scale.y(threshold), kAlarm, 1.5);
  cairo_set_dash(context, nullptr, 0, 0);
  text(context, kLeft + 4, scale.y(threshold) - 5, fmt::format("threshold {:.4g}", threshold), kAlarm);
}

void draw_alert(cairo_t* context, const Scale& scale, const ScoreChart& chart) {
  const double x = scale.x(chart.time_ns);
  line(context, x, kTop - 6, x, scale.y(0), kAlarm, 1);
  use(context, kAlarm);
  cairo_arc(context, x, scale.y(chart.score), 4, 0, 2 * 3.14159265358979);
  cairo_fill(context);
  text(context, x, 14,
       fmt::format("alert {}, score {:.4g}", utc_time(chart.time_ns).substr(11, 8), chart.score), kAlarm,
       Align::right);
}

cairo_status_t append(void* to, const unsigned char* bytes, unsigned length) {
  static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(bytes), length);
  return CAIRO_STATUS_SUCCESS;
}

std::string duration_words(std::int64_t ns) {
  const std::int64_t seconds = ns / kSecond;
  if (seconds < 120) return fmt::format("{} seconds", seconds);
  return fmt::format("{} minutes", seconds / 60);
}

}  // namespace

std::optional<ScoreChart> score_chart_of(const Alert& alert) {
  const ScoreHistory& history = alert.scores;
  const bool plain = history.step_ns >= kSecond && history.step_ns <= 3600 * kSecond &&
                     !history.values.empty() && history.values.size() <= kMostScores && history.end_ns > 0;
  const auto fits = [](double number) {
    return std::isfinite(number) && number >= 0 && number <= kMostScore;
  };
  if (!plain || !fits(alert.score) || !fits(alert.threshold) || about_program(alert.kind) ||
      about_object(alert.kind))
    return std::nullopt;
  // Within the last step, or it would not be shown where it was raised.
  if (alert.time_ns > history.end_ns || alert.time_ns < history.end_ns - 2 * history.step_ns)
    return std::nullopt;
  return ScoreChart{history, alert.threshold, alert.score, alert.time_ns};
}

std::string draw(const ScoreChart& chart) {
  const std::unique_ptr<cairo_surface_t, Free> surface(cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, static_cast<int>(kWidth * kScale), static_cast<int>(kHeight * kScale)));
  const std::unique_ptr<cairo_t, Free> context(cairo_create(surface.get()));
  cairo_t* to = context.get();
  cairo_scale(to, kScale, kScale);
  use(to, kPaper);
  cairo_paint(to);
  cairo_select_font_face(to, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(to, 11);
  const Scale scale(chart);
  draw_axes(to, scale);
  draw_scores(to, scale, chart);
  draw_threshold(to, scale, chart.threshold);
  draw_alert(to, scale, chart);
  // A failure anywhere before shows here: the context keeps it.
  std::string png;
  if (cairo_status(to) != CAIRO_STATUS_SUCCESS) return {};
  if (cairo_surface_write_to_png_stream(surface.get(), append, &png) != CAIRO_STATUS_SUCCESS) return {};
  return png;
}

std::string in_words(const ScoreChart& chart) {
  const std::vector<std::int32_t>& values = chart.history.values;
  std::int32_t highest = -1;
  for (std::size_t i = 0; i + 1 < values.size(); ++i)
    highest = std::max(highest, values[i]);
  const std::string then = fmt::format("{:.4g}; the threshold is {:.4g}", chart.score, chart.threshold);
  if (highest < 0) return "nothing known from before, then " + then;
  const auto before = static_cast<std::int64_t>(values.size() - 1) * chart.history.step_ns;
  return fmt::format("at most {} in the {} before, then {}", highest, duration_words(before), then);
}

}  // namespace da
