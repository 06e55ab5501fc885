import { useDebouncedValue } from "@mantine/hooks";
import { IconHistory, IconUsers } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { announce } from "../../app/announce";
import { searchText } from "../../app/search";
import { createStore, useStore } from "../../app/store";
import type { PatientFilter, PatientListView } from "../../backend";
import { TextAction } from "../../components/Actions";
import { Chips } from "../../components/Chips";
import { count } from "../../components/count";
import { Icon } from "../../components/Icon";
import { EmptyState, ErrorPanel, LoadingRows } from "../../components/States";
import { messages } from "./messages";
import { useFirstPage } from "./pages";
import { PatientTable } from "./PatientTable";
import { TodayPanel } from "./TodayPanel";
import styles from "./PatientsScreen.module.css";

const chosenFilter = createStore<PatientFilter>("all");

const debounceMs = 120;

const withCount = (label: string, n: number): string => `${label} · ${count(n)}`;

function Head({ list, filter }: { list: PatientListView; filter: PatientFilter }) {
  const chips: { value: PatientFilter; label: string }[] = [
    { value: "all", label: messages.all },
    { value: "today", label: withCount(messages.today, list.today) },
    { value: "notSynced", label: withCount(messages.notSynced, list.notSynced) },
    { value: "needsReview", label: withCount(messages.needsReview, list.needsReview) },
  ];
  return (
    <header className={styles.head}>
      <div className={styles.title}>
        <h1>{messages.title}</h1>
        <span>{messages.onDevice(count(list.onDevice))}</span>
      </div>
      <div className={styles.filters}>
        <Chips label={messages.filter} chips={chips} value={filter} onChange={chosenFilter.set} />
      </div>
    </header>
  );
}

function Empty({ list, text }: { list: PatientListView; text: string }) {
  if (list.onDevice === 0) return <EmptyState icon={IconUsers} title={messages.emptyTitle} detail={messages.emptyDetail} />;
  return (
    <EmptyState
      icon={IconUsers}
      title={messages.noneTitle}
      detail={text ? messages.noneDetail : messages.noneFilterDetail}
      action={<ShowAll total={list.onDevice} />}
    />
  );
}

function ShowAll({ total }: { total: number }) {
  return (
    <TextAction
      onClick={() => {
        searchText.set("");
        chosenFilter.set("all");
      }}
    >
      {messages.showAll(count(total))}
    </TextAction>
  );
}

/** All patients of this device, found by typing, with the day beside them. */
export function PatientsScreen() {
  const typed = useStore(searchText);
  const [text] = useDebouncedValue(typed.trim(), debounceMs);
  const filter = useStore(chosenFilter);
  const first = useFirstPage(text, filter);
  const [shown, setShown] = useState({ text, filter });
  const list = first.data;
  const settled = !first.isPlaceholderData;

  // Rows and the query they answer change together, so that nobody opens a row of the older list.
  useEffect(() => {
    if (settled) setShown({ text, filter });
  }, [settled, text, filter]);
  useEffect(() => {
    if (text && settled && list) announce(messages.found(list.total));
  }, [text, settled, list]);

  return (
    <div className={styles.screen}>
      <section className={styles.list} aria-label={messages.list}>
        {first.error && <ErrorPanel error={first.error} retry={() => void first.refetch()} />}
        {!list && !first.error && <LoadingRows rows={12} />}
        {list && (
          <>
            <Head list={list} filter={filter} />
            {list.similar && (
              <p className={styles.similar} data-testid="similar-names">
                <Icon of={IconUsers} />
                <span>
                  <strong><bdi>{list.similar.title}</bdi></strong> <bdi>{list.similar.text}</bdi>
                </span>
              </p>
            )}
            {list.total === 0 ? (
              <Empty list={list} text={text} />
            ) : (
              <PatientTable list={list} text={shown.text} filter={shown.filter} ranked={text !== ""} />
            )}
            <footer className={styles.foot}>
              <span>
                {messages.shown(count(list.total), count(list.onDevice))}
                {list.total < list.onDevice && list.total > 0 && (
                  <>
                    {" · "}
                    <ShowAll total={list.onDevice} />
                  </>
                )}
              </span>
              <span>
                <Icon of={IconHistory} />
                {list.dataAsOf ? messages.dataAsOf(list.dataAsOf) : messages.noData}
              </span>
            </footer>
          </>
        )}
      </section>
      <TodayPanel />
    </div>
  );
}
