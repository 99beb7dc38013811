# rasid as a container: one static binary and the certificates, nothing else.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/rasid ./cmd/rasid \
 && mkdir -p /out/data

FROM scratch
# Time zones are inside the binary.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/rasid /rasid
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
# The default store (rasid.db) and rule file (rules.yaml) are here.
WORKDIR /data
ENV RASID_LOG_FORMAT=json
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=6s --start-period=20s --retries=3 CMD ["/rasid", "healthcheck"]
ENTRYPOINT ["/rasid"]
CMD ["run"]
