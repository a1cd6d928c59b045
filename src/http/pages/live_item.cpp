#include "http/pages/live_item.hpp"

#include <array>
#include <fmt/format.h>

#include "http/pages/html.hpp"

namespace otatool::http {
namespace {

std::string text_or_dash(std::string_view text) {
  return text.empty() ? "–" : html(text);
}

std::string state_cell(const fleet::Device& device) {
  const std::string_view word = to_string(device.state);
  const std::uint32_t failed = device.at(device.slot).not_applied;
  std::string cell = fmt::format(
      "<span class=\"state {}\">{}</span>", tone_of(device.state), word.empty() ? "–" : word);
  if (device.state == fleet::State::NotApplied && failed > 0) {
    cell += fmt::format(" ({})", failed);
  }
  if (!device.reason.empty() && device.reason != word) {
    cell += fmt::format(" <small>{}</small>", html(device.reason));
  }
  return cell;
}

std::string name_cell(const ServerFacts& facts, const fleet::Device& device) {
  const std::string mac = to_string(device.mac);
  const std::string_view name = name_of(facts, device.mac);
  const std::string link =
      fmt::format("<a href=\"status/device?mac={}\">{}</a>", mac, name.empty() ? mac : html(name));
  return name.empty() ? link : fmt::format("{} <small>{}</small>", link, mac);
}

std::string bar(const fleet::Tally& tally) {
  const std::array<std::pair<std::string_view, std::size_t>, 4> parts = {
      {{"good", tally.confirmed},
       {"active", tally.undecided()},
       {"bad", tally.failed},
       {"neutral", tally.waiting}}};
  std::size_t all = 0;
  for (const auto& [tone, count] : parts) {
    all += count;
  }
  std::string text =
      "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" "
      "aria-hidden=\"true\">";
  double from = 0;
  for (const auto& [tone, count] : parts) {
    if (count > 0) {
      const double width = 1000.0 * static_cast<double>(count) / static_cast<double>(all);
      text += fmt::format("<rect class=\"{}\" x=\"{:.1f}\" width=\"{:.1f}\" height=\"10\"></rect>",
                          tone,
                          from,
                          width);
      from += width;
    }
  }
  return text + "</svg>";
}

std::string_view tone_of(fleet::Phase phase) {
  switch (phase) {
    case fleet::Phase::Running:
      return "active";
    case fleet::Phase::Complete:
      return "good";
    case fleet::Phase::Halted:
      return "bad";
    case fleet::Phase::Paused:
      break;
  }
  return "neutral";
}

}  // namespace

std::string_view tone_of(fleet::State state) {
  switch (state) {
    case fleet::State::Current:
    case fleet::State::Confirmed:
      return "good";
    case fleet::State::Offered:
    case fleet::State::Downloaded:
      return "active";
    case fleet::State::NotApplied:
    case fleet::State::Interrupted:
    case fleet::State::Refused:
      return "bad";
    case fleet::State::Unknown:
    case fleet::State::Waiting:
      break;
  }
  return "neutral";
}

Cells device_cells(const ServerFacts& facts, const fleet::Device& device) {
  return {state_cell(device),
          name_cell(facts, device),
          std::string(to_string(device.chip)),
          text_or_dash(device.address),
          text_or_dash(device.version),
          text_or_dash(device.offered),
          grouped(device.requests),
          time_ago(device.seen, facts.now)};
}

std::string device_row(fleet::Mac mac, const Cells& cells) {
  std::string row = fmt::format("<tr role=\"row\" data-id=\"{}\">", to_string(mac));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool names = i == static_cast<std::size_t>(Column::Name);
    // HTML needs no end tags here, and the page must be small.
    row += fmt::format(
        "<{} role=\"{}\">{}", names ? "th" : "td", names ? "rowheader" : "cell", cells[i]);
  }
  return row + "</tr>\n";
}

Cells rollout_cells(const fleet::Rollout& rollout, const fleet::Tally& tally) {
  std::string phase = fmt::format(
      "<span class=\"state {}\">{}</span>", tone_of(rollout.phase), to_string(rollout.phase));
  if (rollout.phase != fleet::Phase::Complete) {
    phase += fmt::format(", stage {} %", rollout.percent);
  }
  if (!rollout.reason.empty()) {
    phase += ": " + html(rollout.reason);
  }
  return {phase,
          bar(tally),
          fmt::format("{} confirmed, {} offered, {} failed, {} waiting",
                      grouped(tally.confirmed),
                      grouped(tally.undecided()),
                      grouped(tally.failed),
                      grouped(tally.waiting))};
}

std::string rollout_line(const fleet::Rollout& rollout,
                         const Cells& cells,
                         std::string_view forms) {
  return fmt::format(
      "<li data-id=\"{0}\" data-version=\"{1}\"><h3>{0} <small>{1}</small></h3>"
      "<p data-cell>{2}</p><div data-cell>{3}</div><p data-cell>{4}</p>{5}</li>\n",
      html(rollout.rule),
      html(rollout.version),
      cells[0],
      cells[1],
      cells[2],
      forms);
}

Cells version_cells(std::size_t count) {
  return {grouped(count)};
}

std::string version_line(const std::string& version, const Cells& cells) {
  DeviceQuery query;
  query.version = version;
  return fmt::format(
      "<li data-id=\"{0}\"><a href=\"{1}\">{2}</a> <span data-cell>{3}</span></li>\n",
      html(version),
      html(to_query(query)),
      html(version.empty() ? kNoVersion : version),
      cells[0]);
}

LiveTexts live_texts(const ServerFacts& facts, const DeviceSelection& selection) {
  LiveTexts texts;
  texts.trouble = html(facts.problem);
  if (texts.trouble.empty() && !facts.store_problem.empty()) {
    texts.trouble = "The store cannot be written: " + html(facts.store_problem);
  }
  const auto counted = [](std::size_t count, std::string_view noun) {
    return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s");
  };
  texts.server = fmt::format("{}, {}, {}",
                             counted(facts.fleet.size(), "device"),
                             counted(facts.rules, "rule"),
                             counted(facts.downloads, "running download"));
  if (facts.fleet.not_kept() > 0) {
    texts.server += fmt::format("; the largest number of devices is reached: {} not kept",
                                counted(facts.fleet.not_kept(), "request"));
  }
  texts.count = selection.scanned() == 0 ? "No device has asked for an update yet."
                                         : fmt::format("{} of {} match",
                                                       grouped(selection.matching()),
                                                       counted(selection.scanned(), "device"));
  return texts;
}

}  // namespace otatool::http
