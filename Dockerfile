# One static binary on nothing: no shell, no packages, not root.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /rasid ./cmd/rasid

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /rasid /rasid
USER 65532:65532
WORKDIR /data
ENV RASID_LOG_FORMAT=json RASID_HTTP=:8080
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s CMD ["/rasid", "healthcheck"]
ENTRYPOINT ["/rasid"]
CMD ["run"]
