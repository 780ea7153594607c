# Reads figures of the newest release of a cube, page by page, with the package jsonlite.
#
#   Rscript observations.R https://baraza.example.org CAMPAIGN CUBE
#
# prints people by area, with the standard error and what is too small to be shown.

library(jsonlite)

arguments <- commandArgs(trailingOnly = TRUE)
server <- arguments[1]

cubes <- fromJSON(paste0(server, "/api/v1/cubes"))$cubes
release <- cubes$latest_release[cubes$campaign == arguments[2] & cubes$cube == arguments[3]]
if (length(release) == 0) stop("nothing is published of this cube")

dimensions <- fromJSON(paste0(server, "/api/v1/releases/", release, "/dimensions"))$dimensions$name
totals <- paste0("c%5B", URLencode(dimensions, reserved = TRUE), "%5D=_T", collapse = "&")
address <- paste0(server, "/api/v1/releases/", release, "/observations?measure=people&limit=50&", totals)

while (!is.null(address)) { # `next` leads from page to page
  page <- fromJSON(address, simplifyVector = FALSE)
  for (each in page$observations) {
    # A figure that is too small to be shown is null, which is not zero.
    shown <- if (is.null(each$value)) "[c]" else sprintf("%d ± %.1f", each$value, each$standard_error)
    cat(each$level, each$area, each$period, shown, sep = "\t", fill = TRUE)
  }
  address <- page[["next"]]
}
